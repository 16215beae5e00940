package io.kvmesh.storage.compaction;

/**
 * What a decision about compaction needs to know of an SSTable. Immutable.
 *
 * @param firstPartition the partition of its first key
 * @param lastPartition that of its last key
 * @param expiryMicrosMax the latest expiry, or {@link Long#MAX_VALUE} if some record never expires
 */
public record TableFacts(
        long tableId,
        int firstPartition,
        int lastPartition,
        long sizeBytes,
        long records,
        long tombstones,
        long timestampMicrosMin,
        long timestampMicrosMax,
        long expiryMicrosMax) {

    /** Whether some partition may have keys in both. */
    boolean overlaps(TableFacts other) {
        return firstPartition <= other.lastPartition && other.firstPartition <= lastPartition;
    }

    boolean covers(int partition) {
        return firstPartition <= partition && partition <= lastPartition;
    }

    /** How many partitions lie between the first and the last, both included. */
    int span() {
        return lastPartition - firstPartition + 1;
    }
}
