package io.kvmesh.storage.compaction;

/** Up to which stamp deletions may be forgotten. May be asked by any thread. */
@FunctionalInterface
public interface PurgeLimits {
    /** Nothing may be forgotten. */
    PurgeLimits NOTHING = (firstPartition, lastPartition) -> Long.MIN_VALUE;

    /**
     * A tombstone or expired value with a stamp below this is known to all replicas of each of these partitions, and
     * older than gc grace; {@link Long#MIN_VALUE} if none is.
     */
    long purgeableBeforeMicros(int firstPartition, int lastPartition);
}
