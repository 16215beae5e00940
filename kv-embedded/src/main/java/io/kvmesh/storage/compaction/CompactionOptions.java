package io.kvmesh.storage.compaction;

import io.kvmesh.runtime.Invariants;

/**
 * How the tables of one map are kept. Immutable.
 *
 * <p>One rule yields tiers and levels. A table's density is what it would weigh if it covered all partitions as it
 * covers its own. Level <i>n</i> holds densities from {@code baseBytes * fanout^n} on; when {@code overlapMax} tables
 * of a level overlap, they are merged, and what comes out is dense enough for the next level, or stays until it is.
 *
 * <p>Source: Lambov, "Unified compaction strategy", Apache Cassandra 5.0.
 *
 * @param fanout how much denser a level is than the one before, at least 2
 * @param overlapMax how many tables of a level may overlap before they are merged, at least 2: as many as the fanout
 *     for tiers (few rewrites), 2 for levels (few tables to look into)
 * @param baseBytes the density below which the second level does not begin, as a share of the fanout
 * @param tableBytesTarget a merge cuts its output so that tables weigh about this
 * @param windowMicros tables whose newest stamps lie in different windows of this length are never merged; 0 for no
 *     windows
 */
public record CompactionOptions(int fanout, int overlapMax, long baseBytes, long tableBytesTarget, long windowMicros) {
    /** How many tables one merge takes at most. */
    public static final int INPUTS_MAX = 32;

    /** A table is rewritten alone when this share of its records could be dropped. */
    static final double DROPPABLE_SHARE = 0.2;

    public CompactionOptions {
        Invariants.check(fanout >= 2, "a fanout of %d with %d overlapping tables is less than 2", fanout, overlapMax);
        Invariants.check(
                overlapMax >= 2, "with a fanout of %d, merging %d overlapping tables has no end", fanout, overlapMax);
        Invariants.check(baseBytes > 0 && tableBytesTarget > 0, "sizes of tables are positive");
        Invariants.check(windowMicros >= 0, "a window is not negative");
    }

    /** The level of a table of this density: 0 up to the base times the fanout. */
    int levelOf(double density) {
        int level = 0;
        for (double limit = (double) baseBytes * fanout; density >= limit; limit *= fanout) {
            level++;
        }
        return level;
    }
}
