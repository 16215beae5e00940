package io.kvmesh.storage;

import io.kvmesh.api.Compaction;
import io.kvmesh.storage.compaction.CompactionOptions;

/**
 * What bounds the merging of tables. Immutable.
 *
 * @param gcGraceMicros how long a deletion is remembered at least
 * @param bytesPerSecond how much all merges of a store read in a second, roughly; 0 for no bound
 * @param baseBytes what a flush is expected to weigh
 * @param tableBytesTarget what a table should weigh that a merge writes
 */
public record CompactionLimits(long gcGraceMicros, long bytesPerSecond, long baseBytes, long tableBytesTarget) {
    /** How many merges of disjoint tables run at once. */
    static final int AT_ONCE = 2;

    private static final int TIERS = 4;
    private static final int LEVEL_FANOUT = 10;
    private static final int LEVEL_OVERLAP_MAX = 2;
    private static final long TABLE_BYTES_MAX = 256L << 20;
    private static final int TABLES_OF_MEMTABLES = 8;

    /** What a memtable of this size leads to: its bytes are estimates of the heap, those of a table are compressed. */
    public static CompactionLimits of(long gcGraceMicros, long bytesPerSecond, long memtableBytes) {
        long baseBytes = Math.max(1, memtableBytes / 4);
        return new CompactionLimits(
                gcGraceMicros,
                bytesPerSecond,
                baseBytes,
                Math.min(TABLE_BYTES_MAX, TABLES_OF_MEMTABLES * memtableBytes));
    }

    CompactionOptions optionsOf(Compaction policy) {
        return switch (policy.strategy()) {
            case SIZE_TIERED -> new CompactionOptions(TIERS, TIERS, baseBytes, tableBytesTarget, 0);
            case LEVELED -> new CompactionOptions(LEVEL_FANOUT, LEVEL_OVERLAP_MAX, baseBytes, tableBytesTarget, 0);
            case TIME_WINDOW ->
                new CompactionOptions(
                        TIERS,
                        TIERS,
                        baseBytes,
                        tableBytesTarget,
                        policy.window().toNanos() / 1_000);
        };
    }
}
