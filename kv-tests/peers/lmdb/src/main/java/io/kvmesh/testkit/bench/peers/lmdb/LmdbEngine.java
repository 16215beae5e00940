package io.kvmesh.testkit.bench.peers.lmdb;

import io.kvmesh.testkit.bench.storage.BenchEngine;
import io.kvmesh.testkit.bench.storage.EngineSettings;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.ByteArrayProxy;
import org.lmdbjava.CursorIterable;
import org.lmdbjava.CursorIterable.KeyVal;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.KeyRange;
import org.lmdbjava.Stat;
import org.lmdbjava.Txn;

/** LMDB through lmdbjava. Safe for any thread. */
final class LmdbEngine implements BenchEngine {
    private static final long MAP_BYTES_MIN = 64L << 20;
    /** Pages are not full, and a page that is changed is copied first. */
    private static final int MAP_FACTOR = 6;
    /** What an entry costs besides its bytes. */
    private static final int ENTRY_OVERHEAD_BYTES = 32;

    private static final int READERS_MAX = 512;

    private final Env<byte[]> environment;
    private final Dbi<byte[]> database;

    LmdbEngine(EngineSettings settings) {
        Env.Builder<byte[]> builder = Env.create(ByteArrayProxy.PROXY_BA)
                .setMapSize(mapBytes(settings))
                .setMaxDbs(1)
                .setMaxReaders(READERS_MAX);
        environment = settings.syncedWrites()
                ? builder.open(settings.directory().toFile())
                : builder.open(settings.directory().toFile(), EnvFlags.MDB_NOSYNC, EnvFlags.MDB_WRITEMAP);
        database = environment.openDbi("bench", DbiFlags.MDB_CREATE);
    }

    static long mapBytes(EngineSettings settings) {
        long dataBytes = (long) settings.entries() * (settings.recordBytes() + ENTRY_OVERHEAD_BYTES);
        return Math.max(MAP_BYTES_MIN, dataBytes * MAP_FACTOR);
    }

    @Override
    public void put(byte[] key, byte[] value) {
        try (Txn<byte[]> transaction = environment.txnWrite()) {
            database.put(transaction, key, value);
            transaction.commit();
        }
    }

    @Override
    public void putBatch(byte[][] keys, byte[][] values) {
        try (Txn<byte[]> transaction = environment.txnWrite()) {
            for (int i = 0; i < keys.length; i++) {
                database.put(transaction, keys[i], values[i]);
            }
            transaction.commit();
        }
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        try (Txn<byte[]> transaction = environment.txnRead()) {
            return database.get(transaction, key);
        }
    }

    @Override
    public long scan(byte[] from, long limit, EntryVisitor visitor) {
        long seen = 0;
        try (Txn<byte[]> transaction = environment.txnRead();
                CursorIterable<byte[]> entries = database.iterate(transaction, KeyRange.atLeast(from))) {
            Iterator<KeyVal<byte[]>> iterator = entries.iterator();
            while (seen < limit && iterator.hasNext()) {
                KeyVal<byte[]> entry = iterator.next();
                visitor.entry(entry.key(), 0, entry.val());
                seen++;
            }
        }
        return seen;
    }

    @Override
    public void flush() {
        environment.sync(true);
    }

    @Override
    public void settle() {
        environment.sync(true);
    }

    @Override
    public long tableBytes() {
        try (Txn<byte[]> transaction = environment.txnRead()) {
            Stat stat = database.stat(transaction);
            return (stat.branchPages + stat.leafPages + stat.overflowPages) * stat.pageSize;
        }
    }

    @Override
    public void close() {
        database.close();
        environment.close();
    }
}
