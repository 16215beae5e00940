package io.kvmesh.testkit.bench.peers.h2;

import io.kvmesh.testkit.bench.storage.BenchEngine;
import io.kvmesh.testkit.bench.storage.EngineSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.jspecify.annotations.Nullable;

/** The MVStore of H2, one map of byte arrays. Safe for any thread. */
final class MvStoreEngine implements BenchEngine {
    private final Path file;
    private final boolean syncedWrites;
    private final MVStore store;
    private final MVMap<byte[], byte[]> map;

    MvStoreEngine(EngineSettings settings) {
        file = settings.directory().resolve("bench.mv");
        syncedWrites = settings.syncedWrites();
        store = new MVStore.Builder()
                .fileName(file.toString())
                .cacheSize((int) (EngineSettings.CACHE_BYTES >> 20))
                .compress()
                .open();
        map = store.openMap(
                "bench",
                new MVMap.Builder<byte[], byte[]>().keyType(new UnsignedBytes()).valueType(ByteArrayDataType.INSTANCE));
    }

    /** Byte arrays in the order that the other engines have. Stateless. */
    private static final class UnsignedBytes extends org.h2.mvstore.type.BasicDataType<byte[]> {
        private static final Comparator<byte[]> ORDER = java.util.Arrays::compareUnsigned;

        @Override
        public int compare(byte[] first, byte[] second) {
            return ORDER.compare(first, second);
        }

        @Override
        public int getMemory(byte[] value) {
            return ByteArrayDataType.INSTANCE.getMemory(value);
        }

        @Override
        public void write(org.h2.mvstore.WriteBuffer buffer, byte[] value) {
            ByteArrayDataType.INSTANCE.write(buffer, value);
        }

        @Override
        public byte[] read(java.nio.ByteBuffer buffer) {
            return ByteArrayDataType.INSTANCE.read(buffer);
        }

        @Override
        public byte[][] createStorage(int size) {
            return new byte[size][];
        }
    }

    @Override
    public void put(byte[] key, byte[] value) {
        map.put(key, value);
        if (syncedWrites) {
            store.commit();
            store.sync();
        }
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        return map.get(key);
    }

    @Override
    public long scan(byte[] from, long limit, EntryVisitor visitor) {
        long seen = 0;
        Cursor<byte[], byte[]> cursor = map.cursor(from);
        while (seen < limit && cursor.hasNext()) {
            byte[] key = cursor.next();
            visitor.entry(key, 0, cursor.getValue());
            seen++;
        }
        return seen;
    }

    @Override
    public void flush() {
        store.commit();
    }

    @Override
    public void settle() {
        store.commit();
        store.sync();
    }

    @Override
    public long tableBytes() {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
