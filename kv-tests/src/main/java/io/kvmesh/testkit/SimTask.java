package io.kvmesh.testkit;

/** What a simulated thread does. It runs on that thread alone. */
@FunctionalInterface
public interface SimTask {
    /**
     * Does it, once.
     *
     * @throws Exception anything that is not expected: it makes {@link SimThread#join} fail
     */
    void run() throws Exception;
}
