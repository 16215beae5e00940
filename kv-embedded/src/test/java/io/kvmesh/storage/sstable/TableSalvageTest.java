package io.kvmesh.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.Compression;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableSalvageTest {
    private static final TableOptions SMALL_BLOCKS = TableOptions.ofBlockBytes(256);

    @TempDir
    Path directory;

    private final NavigableMap<Key, Cell> found = new TreeMap<>();
    private List<KeySpan> damaged = List.of();

    private void salvage(Path path) throws IOException {
        found.clear();
        TableReader table = TableFixture.open(path, new BlockCache(0));
        TableSalvage salvage = new TableSalvage(table);
        while (salvage.next(record -> found.put(record.toKey(), record.toCell()))) {
            assertThat(found).isNotNull();
        }
        damaged = salvage.damaged();
        table.release();
    }

    private boolean isHidden(Key key) {
        return damaged.stream().anyMatch(span -> span.contains(key));
    }

    @Test
    void anyFlippedByteOfABlockHidesItsKeysAndNoOthers() throws IOException {
        NavigableMap<Key, Cell> records = TableFixture.records(RandomSource.seeded(3), 300);
        Path path = directory.resolve("table");
        TableFixture.write(path, SMALL_BLOCKS, records);
        salvage(path);
        assertThat(found).isEqualTo(records);
        assertThat(damaged).isEmpty();
        byte[] bytes = Files.readAllBytes(path);
        TableReader table = TableFixture.open(path, new BlockCache(0));
        long blocksEnd = table.index().offset(0);
        table.release();
        RandomSource random = RandomSource.seeded(4);
        for (int i = 0; i < 100; i++) {
            byte[] hurt = bytes.clone();
            hurt[random.nextInt((int) blocksEnd)] ^= (byte) (1 << random.nextInt(8));
            Files.write(path, hurt);
            salvage(path);
            assertThat(damaged).hasSize(1);
            assertThat(found.size()).isLessThan(records.size());
            records.forEach((key, cell) -> {
                assertThat(isHidden(key)).as("key %s", key).isNotEqualTo(found.containsKey(key));
                assertThat(found.getOrDefault(key, cell)).isEqualTo(cell);
            });
        }
    }

    @Test
    void neighboursAreOneSpanAndAllBlocksAreAllKeys() throws IOException {
        NavigableMap<Key, Cell> records = TableFixture.records(RandomSource.seeded(5), 200);
        Path path = directory.resolve("table");
        TableFixture.write(path, SMALL_BLOCKS, records);
        TableReader table = TableFixture.open(path, new BlockCache(0));
        long blocksEnd = table.index().offset(0);
        table.release();
        byte[] bytes = Files.readAllBytes(path);
        for (int i = 0; i < blocksEnd; i++) {
            bytes[i] ^= 1;
        }
        Files.write(path, bytes);
        salvage(path);
        assertThat(found).isEmpty();
        assertThat(damaged).containsExactly(KeySpan.closed(records.firstKey(), records.lastKey()));
    }

    @Test
    void moreDamageThanIsRememberedBecomesOneSpan() throws IOException {
        NavigableMap<Key, Cell> records = new TreeMap<>();
        Version version = new Version(5, new NodeId(1));
        for (int i = 0; i < 2 * TableSalvage.SPANS_MAX + 10; i++) {
            records.put(TableFixture.key(1, String.format("%06d", i)), Cell.of(new byte[100], version));
        }
        Path path = directory.resolve("table");
        TableFixture.write(path, new TableOptions(128, Compression.NONE, 10), records);
        byte[] bytes = Files.readAllBytes(path);
        TableReader table = TableFixture.open(path, new BlockCache(0));
        for (int block = 0, partition = 0; partition < table.index().partitions(); partition++) {
            Block entries = table.partition(partition);
            for (int entry = 0; entry < entries.count(); entry++, block++) {
                if (block % 2 == 0) {
                    bytes[(int) entries.entryOffset(entry)] ^= 1;
                }
            }
        }
        table.release();
        Files.write(path, bytes);
        salvage(path);
        assertThat(damaged).hasSizeLessThan(TableSalvage.SPANS_MAX);
        for (Map.Entry<Key, Cell> record : records.entrySet()) {
            assertThat(isHidden(record.getKey()) || found.containsKey(record.getKey()))
                    .isTrue();
        }
    }

    @Test
    void partitionsThatDifferInTheirFirstByteAreTakenForWhole() throws IOException {
        NavigableMap<Key, Cell> records = new TreeMap<>();
        Version version = new Version(5, new NodeId(1));
        for (int partition = 250; partition < 260; partition++) {
            for (int i = 0; i < 10; i++) {
                records.put(TableFixture.key(partition, "user" + i), Cell.of(new byte[100], version));
            }
        }
        Path path = directory.resolve("table");
        TableFixture.write(path, TableOptions.ofBlockBytes(128), records);
        assertThat(TableVerifier.verify(TableFixture.FILES, path).damages()).isEmpty();
        salvage(path);
        assertThat(found).isEqualTo(records);
        assertThat(damaged).isEmpty();
    }
}
