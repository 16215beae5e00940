package io.kvmesh.storage;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvConfig;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the engine needs to know of the configuration. Immutable.
 *
 * @param openDamaged whether to open without tables that are missing or cannot be read
 */
public record StorageConfig(
        Path directory,
        int partitions,
        Durability durability,
        long syncIntervalNanos,
        long memtableBytes,
        int logSegmentBytes,
        int blockBytes,
        long blockCacheBytes,
        CompactionLimits limits,
        boolean openDamaged) {
    private static final Duration GC_GRACE = Duration.ofDays(10);

    /** Without damaged tables. */
    public StorageConfig(
            Path directory,
            int partitions,
            Durability durability,
            long syncIntervalNanos,
            long memtableBytes,
            int logSegmentBytes,
            int blockBytes,
            long blockCacheBytes,
            CompactionLimits limits) {
        this(
                directory,
                partitions,
                durability,
                syncIntervalNanos,
                memtableBytes,
                logSegmentBytes,
                blockBytes,
                blockCacheBytes,
                limits,
                false);
    }

    /** With the default limits of compaction. */
    public StorageConfig(
            Path directory,
            int partitions,
            Durability durability,
            long syncIntervalNanos,
            long memtableBytes,
            int logSegmentBytes,
            int blockBytes,
            long blockCacheBytes) {
        this(
                directory,
                partitions,
                durability,
                syncIntervalNanos,
                memtableBytes,
                logSegmentBytes,
                blockBytes,
                blockCacheBytes,
                CompactionLimits.of(GC_GRACE.toNanos() / 1_000, 0, memtableBytes));
    }

    public static StorageConfig of(KvConfig config) {
        return new StorageConfig(
                config.directory(),
                config.partitions(),
                config.durability(),
                config.syncInterval().toNanos(),
                config.memtableBytes(),
                config.logSegmentBytes(),
                config.blockBytes(),
                config.blockCacheBytes(),
                CompactionLimits.of(
                        config.gcGrace().toNanos() / 1_000, config.compactionBytesPerSecond(), config.memtableBytes()),
                config.openDamaged() || isReplicated(config));
    }

    /** Whether other members have, or will have, what this one stores. */
    private static boolean isReplicated(KvConfig config) {
        return config.bindHost().isPresent() && config.replicationFactor() > 1;
    }
}
