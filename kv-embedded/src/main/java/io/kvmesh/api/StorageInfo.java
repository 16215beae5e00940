package io.kvmesh.api;

import java.util.List;
import java.util.Optional;

/**
 * What this member's disk and memtables hold. Immutable; taken at one moment, roughly.
 *
 * @param bytesOnDisk SSTables and commit log together
 * @param flushes since the store was opened, as are all that follow that are not of a moment
 * @param flushedBytes what the tables weighed that memtables became
 * @param tablesPerLevel of all maps; level 0 is where flushes arrive
 * @param compactions finished merges of tables
 * @param compactionBytesPending what merges would read that are due now
 * @param compactionBlocked why merges that are due do not run
 * @param stalledWrites how many writes were acknowledged late, to slow writers down while the disk fell behind
 * @param stallNanos how long those were held back, all together
 * @param damagedTables how many tables have keys that cannot be read here, as far as reads and merges have found
 */
public record StorageInfo(
        long bytesOnDisk,
        long sstableCount,
        long sstableBytes,
        long logBytes,
        long memtableBytes,
        long flushes,
        long bloomChecks,
        long bloomFalsePositives,
        long flushedBytes,
        List<Integer> tablesPerLevel,
        long compactions,
        long compactionsFailed,
        long compactionBytesRead,
        long compactionBytesWritten,
        long compactionBytesPending,
        Optional<String> compactionBlocked,
        long stalledWrites,
        long stallNanos,
        long damagedTables) {
    public StorageInfo {
        tablesPerLevel = List.copyOf(tablesPerLevel);
    }
}
