package io.kvmesh.storage.sstable;

import static io.kvmesh.storage.sstable.TableFixture.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.Compression;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.storage.record.ReleasedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableTest {
    private static final Key LEAST = Key.of(0, new byte[0]);

    @TempDir
    Path directory;

    private TableReader table(TableOptions options, NavigableMap<Key, Cell> records, long cacheBytes)
            throws IOException {
        Path path = directory.resolve("table-" + options + records.size() + "-" + cacheBytes);
        TableFixture.write(path, options, records);
        return TableFixture.open(path, new BlockCache(cacheBytes));
    }

    private static Map<Key, Cell> walked(TableReader table, Key from, @Nullable Key to) {
        Map<Key, Cell> found = new TreeMap<>();
        TableScan cursor = TableScan.cached(table, from, to);
        while (cursor.next()) {
            found.put(cursor.record().toKey(), cursor.record().toCell());
        }
        return found;
    }

    private static Map<Key, Cell> walkedBack(TableReader table, Key from, @Nullable Key to) {
        Map<Key, Cell> found = new TreeMap<>();
        Key last = null;
        ReverseTableCursor cursor = new ReverseTableCursor(table, from, to);
        while (cursor.next()) {
            assertThat(last == null || last.compareTo(cursor.key()) > 0).isTrue();
            last = cursor.key();
            found.put(last, cursor.cell());
        }
        return found;
    }

    private static Map<Key, Cell> scanned(TableReader table, @Nullable Key from, @Nullable Key to) {
        Map<Key, Cell> found = new TreeMap<>();
        TableScan scan = new TableScan(table, from, to);
        while (scan.next()) {
            found.put(scan.record().toKey(), scan.record().toCell());
        }
        assertThat(scan.next()).isFalse();
        return found;
    }

    @ParameterizedTest
    @CsvSource({"128,NONE,1", "128,LZ4,2000", "4096,NONE,2000", "4096,LZ4,2000", "1048576,LZ4,3000", "128,LZ4,30000"})
    void everythingIsFoundAgain(int blockBytes, Compression compression, int count) throws IOException {
        RandomSource random = RandomSource.seeded(count + blockBytes);
        NavigableMap<Key, Cell> records = TableFixture.records(random, count);
        TableOptions options = TableOptions.ofBlockBytes(blockBytes).withCompression(compression);
        for (long cacheBytes : new long[] {0, 20_000, 64 << 20}) {
            TableReader table = table(options, records, cacheBytes);
            for (Map.Entry<Key, Cell> entry : records.entrySet()) {
                assertThat(table.mightContain(TableReader.hash(entry.getKey()))).isTrue();
                assertThat(table.find(entry.getKey())).isEqualTo(entry.getValue());
                assertThat(table.findVersion(entry.getKey()))
                        .isEqualTo(entry.getValue().version());
            }
            assertThat(walked(table, LEAST, null)).isEqualTo(records);
            assertThat(walkedBack(table, LEAST, null)).isEqualTo(records);
            assertThat(scanned(table, null, null)).isEqualTo(records);
            table.release();
        }
    }

    @Test
    void rangesAndAbsentKeysAreThoseOfASortedMap() throws IOException {
        RandomSource random = RandomSource.seeded(4);
        NavigableMap<Key, Cell> records = TableFixture.records(random, 500);
        TableReader table = table(TableOptions.ofBlockBytes(256), records, 10_000);
        for (int i = 0; i < 500; i++) {
            Key from = key(random.nextInt(4), "user:" + random.nextInt(50_000));
            Key to = key(random.nextInt(4), "user:" + random.nextInt(50_000));
            if (table.covers(from)) {
                assertThat(table.find(from)).isEqualTo(records.get(from));
            }
            NavigableMap<Key, Cell> expected =
                    from.compareTo(to) > 0 ? new TreeMap<>() : records.subMap(from, true, to, false);
            assertThat(walked(table, from, to)).isEqualTo(expected);
            assertThat(walkedBack(table, from, to)).isEqualTo(expected);
            assertThat(scanned(table, from, to)).isEqualTo(expected);
        }
        table.release();
    }

    @Test
    void keysThatAreLikeEachOtherAreFound() throws IOException {
        NavigableMap<Key, Cell> records = new TreeMap<>();
        byte[] longKey = new byte[70_000];
        for (int length : new int[] {0, 1, 2, 3, 126, 127, 128, 129, 1000, 16_384, 65_000, 70_000}) {
            for (int last : new int[] {0, 1, 0x7F, 0x80, 0xFF}) {
                byte[] bytes = java.util.Arrays.copyOf(longKey, length);
                if (length > 0) {
                    bytes[length - 1] = (byte) last;
                }
                records.put(Key.of(0, bytes), Cell.of(new byte[] {(byte) last}, new Version(length, new NodeId(1))));
            }
        }
        for (int blockBytes : new int[] {128, 4096, 1 << 20}) {
            TableReader table = table(TableOptions.ofBlockBytes(blockBytes), records, 1 << 20);
            for (Map.Entry<Key, Cell> entry : records.entrySet()) {
                assertThat(table.find(entry.getKey())).isEqualTo(entry.getValue());
            }
            assertThat(walked(table, LEAST, null)).isEqualTo(records);
            assertThat(walkedBack(table, LEAST, null)).isEqualTo(records);
            table.release();
        }
    }

    @Test
    void moreMembersThanFitTheFlagsAndLargeValuesAreKept() throws IOException {
        NavigableMap<Key, Cell> records = new TreeMap<>();
        for (int i = 0; i < 500; i++) {
            byte[] value = new byte[i == 77 ? 1 << 20 : 10];
            records.put(key(1, "k" + i), Cell.of(value, new Version(i, new NodeId(-i))));
        }
        for (Compression compression : Compression.values()) {
            TableReader table =
                    table(TableOptions.ofBlockBytes(1 << 20).withCompression(compression), records, 1 << 20);
            records.forEach((key, cell) -> assertThat(table.find(key)).isEqualTo(cell));
            assertThat(scanned(table, null, null)).isEqualTo(records);
            table.release();
        }
    }

    @Test
    void manyKeysAreFoundWithOneReadOfEachBlock() throws IOException {
        NavigableMap<Key, Cell> records = TableFixture.records(RandomSource.seeded(9), 3_000);
        Path path = directory.resolve("counted");
        TableFixture.write(path, TableOptions.ofBlockBytes(512), records);
        CountingFileSystem files = new CountingFileSystem(TableFixture.FILES);
        TableReader table = TableReader.open(files, path, TableFixture.TABLE_ID, new BlockCache(0));
        int before = files.reads();
        List<Key> wanted = new ArrayList<>(records.keySet());
        wanted.add(0, LEAST);
        wanted.add(Key.of(9, new byte[] {1}));
        assertThat(table.index().partitions()).isGreaterThan(1);
        wanted.removeIf(key -> !table.covers(key));
        assertThat(wanted).hasSize(records.size());
        @Nullable Cell[] found = new Cell[wanted.size()];
        assertThat(table.findAll(wanted, found)).isEqualTo(table.index().blocks());
        assertThat(files.reads() - before).isEqualTo(table.index().blocks());
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isEqualTo(records.get(wanted.get(i)));
        }
        List<Key> wrong = List.of(wanted.get(2), wanted.get(1));
        assertThatThrownBy(() -> table.findAll(wrong, new Cell[2])).isInstanceOf(IllegalStateException.class);
        int scanFrom = files.reads();
        assertThat(scanned(table, null, null)).hasSize(records.size());
        assertThat(files.reads() - scanFrom).isEqualTo(1 + (int) (table.file().blocksEnd() / ReadAhead.READ_BYTES));
        table.release();
    }

    @Test
    void theWriterForetellsTheSizeAndRefusesKeysThatDoNotAscend() throws IOException {
        NavigableMap<Key, Cell> records = TableFixture.records(RandomSource.seeded(10), 3_000);
        try (AppendFile file = TableFixture.FILES.create(directory.resolve("sized"))) {
            TableWriter writer = new TableWriter(file, 1, TableFixture.MAP, TableOptions.ofBlockBytes(1024));
            long last = 0;
            for (Map.Entry<Key, Cell> entry : records.entrySet()) {
                writer.add(entry.getKey(), entry.getValue());
                assertThat(writer.sizeBytes()).isGreaterThan(last / 2);
                last = writer.sizeBytes();
            }
            Key before = records.lastKey();
            assertThatThrownBy(() -> writer.add(before, Cell.tombstone(new Version(1, new NodeId(1)))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("does not follow");
            long foretold = writer.sizeBytes();
            assertThat(writer.records()).isEqualTo(3_000);
            writer.finish();
            assertThat(file.positionBytes()).isBetween(foretold * 9 / 10, foretold * 11 / 10);
        }
    }

    @Test
    void propertiesTellWhatIsInTheTable() throws IOException {
        NavigableMap<Key, Cell> records = new TreeMap<>();
        records.put(key(1, "a"), Cell.of(new byte[10], new Version(50, new NodeId(1))));
        records.put(key(1, "b"), Cell.tombstone(new Version(20, new NodeId(1))));
        records.put(key(1, "c"), Cell.tombstone(new Version(30, new NodeId(2))));
        records.put(key(2, "dd"), Cell.expiring(new byte[5], new Version(40, new NodeId(2)), 900));
        TableProperties written =
                TableFixture.write(directory.resolve("properties"), TableOptions.ofBlockBytes(128), records);
        assertThat(written)
                .isEqualTo(new TableProperties(
                        TableFixture.MAP,
                        key(1, "a"),
                        key(2, "dd"),
                        4,
                        2,
                        20,
                        50,
                        900,
                        Long.MAX_VALUE,
                        20,
                        30,
                        13,
                        15));
        TableReader table = TableFixture.open(directory.resolve("properties"), new BlockCache(0));
        assertThat(table.properties()).isEqualTo(written);
        table.release();
    }

    @Test
    void theCacheStaysWithinItsBoundAndForgetsAClosedTable() throws IOException {
        NavigableMap<Key, Cell> records = TableFixture.records(RandomSource.seeded(12), 5_000);
        Path path = directory.resolve("cached");
        TableFixture.write(path, TableOptions.ofBlockBytes(1024), records);
        BlockCache cache = new BlockCache(60_000);
        TableReader table = TableFixture.open(path, cache);
        Map<Key, @Nullable Cell> seen = new HashMap<>();
        for (Key key : records.keySet()) {
            Cell resident = table.findResident(key);
            seen.put(key, TableReader.isNotResident(resident) ? table.find(key) : resident);
        }
        assertThat(seen).isEqualTo(records);
        assertThat(cache.figures().sizeBytes()).isBetween(40_000L, 60_000L);
        long held = cache.figures().sizeBytes();
        assertThat(walked(table, LEAST, null)).isEqualTo(records);
        assertThat(scanned(table, null, null)).isEqualTo(records);
        assertThat(cache.figures().sizeBytes()).isEqualTo(held);
        table.release();
        assertThat(cache.figures().sizeBytes()).isZero();
        assertThatThrownBy(() -> table.find(records.firstKey())).isInstanceOf(ReleasedException.class);
    }

    @Test
    void smallRecordsTakeLittleMoreThanTheirBytes() throws IOException {
        NavigableMap<Key, Cell> records = new TreeMap<>();
        RandomSource random = RandomSource.seeded(13);
        int count = 50_000;
        for (int i = 0; i < count; i++) {
            byte[] value = new byte[100];
            TableFixture.fill(random, value);
            byte[] user = java.nio.ByteBuffer.allocate(14).putLong(6, i).array();
            records.put(
                    Key.of(i % 1024, user),
                    Cell.of(value, new Version(1_700_000_000_000_000L + i * 30L, new NodeId(7))));
        }
        Path path = directory.resolve("small");
        TableFixture.write(path, TableOptions.ofBlockBytes(4096), records);
        // The bloom filter takes ten bits of it.
        double each = (double) Files.size(path) / count - 1.25;
        assertThat(each).isBetween(116.0 + 4, 116.0 + 8);
    }

    @Test
    void optionsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> TableOptions.ofBlockBytes(127)).hasMessageContaining("blockBytes 127");
        assertThatThrownBy(() -> TableOptions.ofBlockBytes((1 << 20) + 1)).hasMessageContaining("1048577");
        assertThatThrownBy(() -> TableOptions.ofBlockBytes(4096).withBloomBitsPerKey(0))
                .hasMessageContaining("bloomBitsPerKey 0");
        assertThatThrownBy(() -> TableOptions.ofBlockBytes(4096).withBloomBitsPerKey(33))
                .hasMessageContaining("bloomBitsPerKey 33");
    }
}
