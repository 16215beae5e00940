package io.kvmesh.storage;

import io.kvmesh.model.MapId;

/** What the replicas of a range have in common. Safe for any thread. */
@FunctionalInterface
public interface RepairedUntil {
    /** Nobody compared anything yet. */
    RepairedUntil NEVER = (map, firstPartition, lastPartition) -> Long.MIN_VALUE;

    /**
     * The stamp below which all replicas of each of these partitions are known to have the same: from repair, or since
     * there is no other replica. {@link Long#MIN_VALUE} if that is not known.
     */
    long repairedUntilMicros(MapId map, int firstPartition, int lastPartition);
}
