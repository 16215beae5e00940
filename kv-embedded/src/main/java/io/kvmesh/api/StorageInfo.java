package io.kvmesh.api;

/**
 * What this member's disk and memtables hold. Immutable; taken at one moment, roughly.
 *
 * @param bytesOnDisk SSTables and commit log together
 */
public record StorageInfo(
        long bytesOnDisk,
        long sstableCount,
        long sstableBytes,
        long logBytes,
        long memtableBytes,
        long flushes,
        long bloomChecks,
        long bloomFalsePositives) {}
