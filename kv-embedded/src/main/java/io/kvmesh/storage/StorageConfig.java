package io.kvmesh.storage;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvConfig;
import java.nio.file.Path;

/** What the engine needs to know of the configuration. Immutable. */
public record StorageConfig(
        Path directory,
        int partitions,
        Durability durability,
        long syncIntervalNanos,
        long memtableBytes,
        int logSegmentBytes,
        int blockBytes,
        long blockCacheBytes) {

    public static StorageConfig of(KvConfig config) {
        return new StorageConfig(
                config.directory(),
                config.partitions(),
                config.durability(),
                config.syncInterval().toNanos(),
                config.memtableBytes(),
                config.logSegmentBytes(),
                config.blockBytes(),
                config.blockCacheBytes());
    }
}
