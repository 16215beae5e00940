package io.kvmesh.testkit;

/** What a test does with a started cluster. It runs on the simulation's thread. */
@FunctionalInterface
public interface SimStory {
    /**
     * Does it, once.
     *
     * @throws Exception anything that is not expected: the story failed then
     */
    void tell(SimCluster cluster) throws Exception;
}
