package io.kvmesh.testkit;

import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Tells one story under one seed after another, and looks for a seed under which it fails. Immutable; each hunt is
 * confined to the thread that began it.
 *
 * <p>Tests with JUnit have {@link io.kvmesh.testkit.junit.KvSim} for this.
 */
public final class SimHunt {
    private final SimCluster.Builder clusters;
    private final long firstSeed;
    private final long endSeed;

    private SimHunt(SimCluster.Builder clusters, long firstSeed, long endSeed) {
        this.clusters = clusters;
        this.firstSeed = firstSeed;
        this.endSeed = endSeed;
    }

    /**
     * A hunt with so many seeds, from the first one on.
     *
     * @throws IllegalArgumentException if there is not at least one seed
     */
    public static SimHunt of(SimCluster.Builder clusters, long firstSeed, int seeds) {
        if (seeds < 1 || firstSeed > Long.MAX_VALUE - seeds) {
            throw new IllegalArgumentException(seeds + " seeds from " + firstSeed
                    + " on: there must be at least one, and none above " + (Long.MAX_VALUE - 1));
        }
        return new SimHunt(clusters, firstSeed, firstSeed + seeds);
    }

    /**
     * Starts a cluster for each seed, tells the story and ends as {@link SimCluster#finish()} does, until that fails.
     *
     * @return the failure of the first seed that failed, or nothing if none did
     */
    public Optional<SimulationFailure> firstFailure(SimStory story) {
        return LongStream.range(firstSeed, endSeed)
                .mapToObj(seed -> tell(story, seed))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Optional<SimulationFailure> tell(SimStory story, long seed) {
        try (SimCluster cluster = clusters.seed(seed)) {
            try {
                cluster.start();
                story.tell(cluster);
                cluster.finish();
                return Optional.empty();
            } catch (Throwable thrown) {
                return Optional.of(cluster.failure(thrown, ""));
            }
        }
    }
}
