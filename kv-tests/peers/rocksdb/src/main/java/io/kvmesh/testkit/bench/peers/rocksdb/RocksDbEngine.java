package io.kvmesh.testkit.bench.peers.rocksdb;

import io.kvmesh.testkit.bench.storage.BenchEngine;
import io.kvmesh.testkit.bench.storage.EngineSettings;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** RocksDB through its Java binding, with its log on. Safe for any thread. */
final class RocksDbEngine implements BenchEngine {
    static final int BLOOM_BITS = 10;

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final List<String> BACKGROUND_WORK = List.of(
            "rocksdb.num-running-flushes",
            "rocksdb.num-running-compactions",
            "rocksdb.mem-table-flush-pending",
            "rocksdb.compaction-pending");

    private final LRUCache cache;
    private final BloomFilter filter;
    private final Options options;
    private final WriteOptions writes;
    private final RocksDB database;

    RocksDbEngine(EngineSettings settings) {
        RocksDB.loadLibrary();
        cache = new LRUCache(EngineSettings.CACHE_BYTES);
        filter = new BloomFilter(BLOOM_BITS);
        options = new Options()
                .setCreateIfMissing(true)
                .setWriteBufferSize(settings.memtableBytes())
                .setMaxWriteBufferNumber(EngineSettings.MEMTABLES_MAX)
                .setCompactionStyle(CompactionStyle.LEVEL)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockCache(cache)
                        .setBlockSize(EngineSettings.BLOCK_BYTES)
                        .setFilterPolicy(filter));
        writes = new WriteOptions().setSync(settings.syncedWrites());
        try {
            database = RocksDB.open(options, settings.directory().toString());
        } catch (RocksDBException e) {
            throw failed("open", e);
        }
    }

    @Override
    public void put(byte[] key, byte[] value) {
        try {
            database.put(writes, key, value);
        } catch (RocksDBException e) {
            throw failed("put", e);
        }
    }

    @Override
    public void putBatch(byte[][] keys, byte[][] values) {
        try (WriteBatch batch = new WriteBatch()) {
            for (int i = 0; i < keys.length; i++) {
                batch.put(keys[i], values[i]);
            }
            database.write(writes, batch);
        } catch (RocksDBException e) {
            throw failed("write a batch", e);
        }
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        try {
            return database.get(key);
        } catch (RocksDBException e) {
            throw failed("get", e);
        }
    }

    @Override
    public long scan(byte[] from, long limit, EntryVisitor visitor) {
        long seen = 0;
        try (RocksIterator iterator = database.newIterator()) {
            iterator.seek(from);
            while (seen < limit && iterator.isValid()) {
                visitor.entry(iterator.key(), 0, iterator.value());
                seen++;
                iterator.next();
            }
            iterator.status();
            return seen;
        } catch (RocksDBException e) {
            throw failed("scan", e);
        }
    }

    @Override
    public void flush() {
        try (FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
            database.flush(wait);
        } catch (RocksDBException e) {
            throw failed("flush", e);
        }
    }

    @Override
    public void settle() {
        flush();
        try {
            while (isBusy()) {
                LockSupport.parkNanos(POLL_NANOS);
            }
        } catch (RocksDBException e) {
            throw failed("wait for compactions", e);
        }
    }

    private boolean isBusy() throws RocksDBException {
        for (String property : BACKGROUND_WORK) {
            if (database.getLongProperty(property) > 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public long tableBytes() {
        try {
            return database.getLongProperty("rocksdb.live-sst-files-size");
        } catch (RocksDBException e) {
            throw failed("tell the size of its tables", e);
        }
    }

    @Override
    public void close() {
        database.close();
        writes.close();
        options.close();
        filter.close();
        cache.close();
    }

    private static IllegalStateException failed(String what, RocksDBException cause) {
        return new IllegalStateException("RocksDB could not " + what + ": " + cause.getMessage(), cause);
    }
}
