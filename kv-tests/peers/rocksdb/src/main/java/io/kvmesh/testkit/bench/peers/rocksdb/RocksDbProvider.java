package io.kvmesh.testkit.bench.peers.rocksdb;

import io.kvmesh.testkit.bench.storage.BenchEngine;
import io.kvmesh.testkit.bench.storage.EngineProvider;
import io.kvmesh.testkit.bench.storage.EngineSettings;
import org.rocksdb.RocksDB;

/** Opens RocksDB. Stateless. */
public final class RocksDbProvider implements EngineProvider {
    @Override
    public String name() {
        return "rocksdb";
    }

    @Override
    public String describe(EngineSettings settings) {
        RocksDB.loadLibrary();
        return "version " + RocksDB.rocksdbVersion() + ", write buffer " + (settings.memtableBytes() >> 20)
                + " MiB, at most " + EngineSettings.MEMTABLES_MAX + ", LRU cache " + (EngineSettings.CACHE_BYTES >> 20)
                + " MiB, blocks of " + EngineSettings.BLOCK_BYTES + " bytes, LZ4, bloom filter of "
                + RocksDbEngine.BLOOM_BITS + " bits, leveled compaction, else defaults";
    }

    @Override
    public BenchEngine open(EngineSettings settings) {
        return new RocksDbEngine(settings);
    }

    @Override
    public boolean survivesKill() {
        return true;
    }
}
