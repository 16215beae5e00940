package io.kvmesh.storage.sstable;

import static io.kvmesh.storage.sstable.TableFixture.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.Compression;
import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.StoreException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.storage.record.RecordView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TableDamageTest {
    private static final Key LEAST = Key.of(0, new byte[0]);
    private static final NodeId[] MEMBERS = {new NodeId(0), new NodeId(1), new NodeId(2)};

    @TempDir
    Path directory;

    private Path path;
    private NavigableMap<Key, Cell> records;

    @BeforeEach
    void place() {
        path = directory.resolve("0000000005.sst");
        records = TableFixture.records(RandomSource.seeded(21), 120);
    }

    private byte[] write(Compression compression) throws IOException {
        TableFixture.write(path, TableOptions.ofBlockBytes(512).withCompression(compression), records);
        return Files.readAllBytes(path);
    }

    private NavigableMap<Key, Cell> readAll() throws IOException {
        NavigableMap<Key, Cell> found = new TreeMap<>();
        TableReader table = TableFixture.open(path, new BlockCache(0));
        try {
            TableScan cursor = TableScan.cached(table, LEAST, null);
            while (cursor.next()) {
                found.put(cursor.record().toKey(), cursor.record().toCell());
            }
        } finally {
            table.release();
        }
        return found;
    }

    /** Between partitions 255 and 256 the shortest separator of two blocks has one byte, less than any key. */
    @Test
    void separatorsThatAreShorterThanAnyKeyAreNoDamage() throws IOException {
        NavigableMap<Key, Cell> wide = new TreeMap<>();
        for (int partition = 0; partition < 1_024; partition++) {
            byte[] value = new byte[200];
            TableFixture.fill(RandomSource.seeded(partition), value);
            wide.put(TableFixture.key(partition, "k"), Cell.of(value, new Version(partition, new NodeId(1))));
        }
        TableFixture.write(path, TableOptions.ofBlockBytes(128), wide);
        TableReport report = TableVerifier.verify(TableFixture.FILES, path);
        assertThat(report.damages()).isEmpty();
        assertThat(report.blocks()).isEqualTo(1_024);
        TableReader reader = TableFixture.open(path, new BlockCache(0));
        wide.forEach((key, cell) -> assertThat(reader.find(key)).isEqualTo(cell));
        reader.release();
    }

    @ParameterizedTest
    @EnumSource
    void everyFlippedByteIsReportedByReadersAndByTheVerifier(Compression compression) throws IOException {
        records = TableFixture.records(RandomSource.seeded(22), 40);
        byte[] whole = write(compression);
        assertThat(readAll()).isEqualTo(records);
        TableReport intact = TableVerifier.verify(TableFixture.FILES, path);
        assertThat(intact.damages()).isEmpty();
        assertThat(intact.records()).isEqualTo(40);
        assertThat(intact.properties()).isNotNull();
        for (int at = 0; at < whole.length; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) (1 << at % 8);
            Files.write(path, damaged);
            assertThatThrownBy(this::readAll)
                    .as("byte %d", at)
                    .isInstanceOf(CorruptDataException.class)
                    .hasMessageContaining(path.toString());
            TableReport report = TableVerifier.verify(TableFixture.FILES, path);
            assertThat(report.damages()).as("byte %d", at).isNotEmpty();
            assertThat(report.damages().get(0).offset()).isLessThanOrEqualTo(at);
        }
    }

    @Test
    void theVerifierGoesOnBehindDamagedBlocks() throws IOException {
        byte[] whole = write(Compression.LZ4);
        whole[20] ^= 1;
        whole[1500] ^= 1;
        Files.write(path, whole);
        TableReport report = TableVerifier.verify(TableFixture.FILES, path);
        assertThat(report.damages()).hasSize(2);
        assertThat(report.damages().get(0).offset()).isZero();
        assertThat(report.damages().get(1).offset()).isBetween(900L, 1500L);
        assertThat(report.damages().get(1)).asString().contains("checksum mismatch");
        assertThat(report.records()).isBetween(60L, 119L);
    }

    @Test
    void aTableThatWasCutOrIsAnotherIsRefused() throws IOException {
        byte[] whole = write(Compression.LZ4);
        for (int length = 0; length < whole.length; length += 13) {
            Files.write(path, Arrays.copyOf(whole, length));
            assertThatThrownBy(this::readAll).isInstanceOf(CorruptDataException.class);
        }
        Files.write(path, whole);
        assertThatThrownBy(() -> TableReader.open(TableFixture.FILES, path, 6, new BlockCache(0)))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("table 5, not 6");
    }

    @Test
    void aGreaterVersionIsRefusedWithAdvice() throws IOException {
        byte[] whole = write(Compression.LZ4);
        int footerAt = whole.length - TableFormat.FOOTER_BYTES;
        ByteBuffer buffer = ByteBuffer.wrap(whole);
        buffer.putInt(whole.length - 16, 4);
        int checked = TableFormat.FOOTER_BYTES - 12;
        buffer.putInt(whole.length - 12, TableFormat.crc(TableFixture.TABLE_ID, 0, whole, footerAt, checked));
        Files.write(path, whole);
        assertThatThrownBy(this::readAll)
                .isInstanceOf(StoreException.class)
                .isNotInstanceOf(CorruptDataException.class)
                .hasMessageContaining("format version 4")
                .hasMessageContaining("newer library");
        assertThat(TableVerifier.verify(TableFixture.FILES, path).damages())
                .singleElement()
                .asString()
                .contains("newer library");
    }

    private static byte[] block(Compression compression, NavigableMap<Key, Cell> content) {
        BlockBuilder builder = new BlockBuilder();
        RecordView view = new RecordView();
        content.forEach((key, cell) -> builder.add(view.show(key, cell), 1));
        int length = builder.build();
        if (compression == Compression.NONE) {
            return Arrays.copyOf(builder.block(), length);
        }
        byte[] compressed = new byte[Lz4.compressedBytesMax(length)];
        return Arrays.copyOf(compressed, Lz4.compress(builder.block(), length, compressed));
    }

    /** Uses a block in every way; what is wrong with it must come out as the one exception. */
    private void use(byte[] raw) {
        try {
            Block block = Block.parse(raw, raw.length, MEMBERS);
            for (Key key : records.keySet()) {
                Cell found = block.find(key.bytes());
                assertThat(found == null || found.version().timestampMicros() != 1)
                        .isTrue();
                block.floor(key.bytes());
                block.findVersion(key.bytes());
            }
            RecordView view = new RecordView();
            for (int i = 0; i < block.count(); i++) {
                block.key(i);
                block.show(i, view);
                block.entryOffset(i);
            }
            block.show(0, view);
            for (int i = 1; i < block.count(); i++) {
                block.showNext(i, view);
            }
        } catch (MalformedBytesException e) {
            assertThat(e).hasMessageMatching(".*(block|record|number|size|key|tombstone).*");
        }
    }

    @Test
    void recordsThatDoNotAscendAreDamage() throws IOException {
        Cell cell = Cell.tombstone(new Version(1, new NodeId(1)));
        for (String second : List.of("user:1", "user:2", "user:", "user:2000000000000", "user:1000000000000")) {
            BlockBuilder builder = new BlockBuilder();
            RecordView view = new RecordView();
            builder.add(view.show(key(0, "user:2"), cell), 1);
            builder.add(view.show(key(0, second), cell), 1);
            int length = builder.build();
            byte[] raw = Arrays.copyOf(builder.block(), length);
            Block block = Block.parse(raw, raw.length, MEMBERS);
            block.show(0, view);
            if (second.startsWith("user:2") && second.length() > 6) {
                block.showNext(1, view);
                assertThat(view.toKey()).isEqualTo(key(0, second));
            } else {
                assertThatThrownBy(() -> block.showNext(1, view))
                        .isInstanceOf(MalformedBytesException.class)
                        .hasMessageContaining("follows key");
            }
        }
    }

    @Test
    void noBytesOfABlockLeadAstray() {
        byte[] raw = block(Compression.NONE, records);
        RandomSource random = RandomSource.seeded(5);
        for (int at = 0; at < raw.length; at++) {
            byte[] damaged = raw.clone();
            damaged[at] = (byte) random.nextInt(256);
            use(damaged);
            use(Arrays.copyOf(raw, at));
        }
        for (int i = 0; i < 2_000; i++) {
            byte[] damaged = raw.clone();
            for (int n = 0; n < 8; n++) {
                damaged[random.nextInt(raw.length)] = (byte) (random.nextInt(2) - 1);
            }
            use(damaged);
        }
    }

    @Test
    void noCompressedBytesLeadAstray() {
        byte[] compressed = block(Compression.LZ4, records);
        byte[] whole = block(Compression.NONE, records);
        RandomSource random = RandomSource.seeded(6);
        int refused = 0;
        for (int at = 0; at < compressed.length; at++) {
            byte[] damaged = compressed.clone();
            damaged[at] = (byte) random.nextInt(256);
            byte[] target = new byte[whole.length];
            try {
                Lz4.decompress(damaged, 0, damaged.length, target, target.length);
            } catch (MalformedBytesException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
        byte[] target = new byte[whole.length];
        Lz4.decompress(compressed, 0, compressed.length, target, target.length);
        assertThat(target).isEqualTo(whole);
        assertThatThrownBy(() -> Lz4.decompress(compressed, 0, compressed.length, new byte[9], 9))
                .isInstanceOf(MalformedBytesException.class);
    }

    @Test
    void sizesThatCannotBeAreRefusedBeforeMemoryIsTaken() throws IOException {
        write(Compression.NONE);
        try (TableFile file = TableFile.open(TableFixture.FILES, path)) {
            byte[] stored = new ByteWriter(16)
                    .putBytes(new byte[10])
                    .putInt(10 * 255 + 1)
                    .putByte(Compressors.code(Compression.LZ4))
                    .toBytes();
            byte[] withCrc = new ByteWriter(32)
                    .putBytes(stored)
                    .putInt(TableFormat.crc(TableFixture.TABLE_ID, 0, stored, 0, stored.length))
                    .toBytes();
            assertThatThrownBy(() -> file.rawLength(0, withCrc, 0, withCrc.length))
                    .isInstanceOf(MalformedBytesException.class)
                    .hasMessageContaining("2551 bytes");
            assertThatThrownBy(() -> file.requirePlace(0, Integer.MAX_VALUE))
                    .isInstanceOf(MalformedBytesException.class);
            assertThatThrownBy(() -> file.requirePlace(file.blocksEnd() - 11, 12))
                    .isInstanceOf(MalformedBytesException.class);
            assertThatThrownBy(() -> file.section(new TableFormat.Section(0, Integer.MAX_VALUE)))
                    .isInstanceOf(MalformedBytesException.class);
        }
        assertThatThrownBy(() -> Compressors.ofCode(3))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining("unknown compression 3");
        byte[] index = new ByteWriter(64)
                .putInt(1)
                .putSizedBytes(new byte[2])
                .putLong(0)
                .putInt(100)
                .putInt(1_000)
                .toBytes();
        assertThatThrownBy(() ->
                        TableIndex.decode(new ByteReader(index), key(1, "a").bytes(), 999))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining("1000 blocks");
        byte[] many = new ByteWriter(8).putInt(Integer.MAX_VALUE).toBytes();
        assertThatThrownBy(() -> Origins.decode(new ByteReader(many))).isInstanceOf(MalformedBytesException.class);
    }
}
