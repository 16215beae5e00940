package io.kvmesh.storage.sstable;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Writes and opens tables of generated records. Stateless. */
final class TableFixture {
    static final DiskFileSystem FILES = new DiskFileSystem();
    static final MapId MAP = new MapId(77);
    static final long TABLE_ID = 5;

    private TableFixture() {}

    static Key key(int partition, String user) {
        return Key.of(partition, user.getBytes(StandardCharsets.UTF_8));
    }

    /** Records of every kind: values of many sizes, empty ones, tombstones, expiries, and stamps from all of time. */
    static NavigableMap<Key, Cell> records(RandomSource random, int count) {
        NavigableMap<Key, Cell> records = new TreeMap<>();
        while (records.size() < count) {
            records.put(key(random.nextInt(3), "user:" + random.nextInt(100 * count)), cell(random));
        }
        return records;
    }

    private static Cell cell(RandomSource random) {
        long[] stamps = {Long.MIN_VALUE, -1, 0, 1_000_000, Long.MAX_VALUE};
        boolean odd = random.nextInt(20) == 0;
        long stamp = odd ? stamps[random.nextInt(stamps.length)] : 1_700_000_000_000_000L + random.nextInt(1_000_000);
        Version version = new Version(stamp, new NodeId(odd ? random.nextLong() : random.nextInt(3)));
        byte[] value = new byte[random.nextInt(10) == 0 ? 0 : random.nextInt(100)];
        fill(random, value);
        return switch (random.nextInt(5)) {
            case 0 -> Cell.tombstone(version);
            case 1 -> Cell.expiring(value, version, odd ? Long.MAX_VALUE : 1 + random.nextInt(1_000_000));
            case 2 -> Cell.of("a value that shrinks a value that shrinks".getBytes(StandardCharsets.UTF_8), version);
            default -> Cell.of(value, version);
        };
    }

    static void fill(RandomSource random, byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt(256);
        }
    }

    static TableProperties write(Path path, TableOptions options, Map<Key, Cell> records) throws IOException {
        try (AppendFile file = FILES.create(path)) {
            TableWriter writer = new TableWriter(file, TABLE_ID, MAP, options);
            for (Map.Entry<Key, Cell> entry : records.entrySet()) {
                writer.add(entry.getKey(), entry.getValue());
            }
            return writer.finish();
        }
    }

    static TableReader open(Path path, BlockCache cache) throws IOException {
        return TableReader.open(FILES, path, TABLE_ID, cache);
    }
}
