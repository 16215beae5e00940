package io.kvmesh.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.storage.record.RecordView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BlockFramesTest {
    private static final int BLOCK_BYTES = 512;
    private static final int READERS = 3;

    @TempDir
    Path directory;

    @Test
    void readersAndWalksSeeTheirBlocksWhileTheCacheDropsThem() throws Exception {
        NavigableMap<Key, Cell> records = TableFixture.records(RandomSource.seeded(21), 5_000);
        TableReader table = open(records, new BlockCache(40_000, BLOCK_BYTES));
        ExecutorService threads = Executors.newFixedThreadPool(READERS + 2);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                RandomSource random = RandomSource.seeded(i);
                running.add(threads.submit(() -> readAtRandom(table, records, random)));
            }
            running.add(threads.submit(() -> walk(table, records)));
            running.add(threads.submit(() -> walkABit(table, records, RandomSource.seeded(READERS))));
            for (Future<?> each : running) {
                each.get();
            }
        } finally {
            threads.shutdown();
        }
        table.release();
    }

    private static void readAtRandom(TableReader table, NavigableMap<Key, Cell> records, RandomSource random) {
        List<Key> keys = new ArrayList<>(records.keySet());
        for (int i = 0; i < 30_000; i++) {
            Key key = keys.get(random.nextInt(keys.size()));
            assertThat(table.find(key)).isEqualTo(records.get(key));
        }
    }

    private static void walk(TableReader table, NavigableMap<Key, Cell> records) {
        for (int i = 0; i < 10; i++) {
            TableScan scan = TableScan.cached(table, records.firstKey(), null);
            for (Map.Entry<Key, Cell> entry : records.entrySet()) {
                assertThat(scan.next()).isTrue();
                assertThat(scan.record().toKey()).isEqualTo(entry.getKey());
                assertThat(scan.record().toCell()).isEqualTo(entry.getValue());
            }
            assertThat(scan.next()).isFalse();
            scan.close();
        }
    }

    private static void walkABit(TableReader table, NavigableMap<Key, Cell> records, RandomSource random) {
        List<Key> keys = new ArrayList<>(records.keySet());
        for (int i = 0; i < 3_000; i++) {
            Key from = keys.get(random.nextInt(keys.size()));
            TableScan scan = TableScan.cached(table, from, null);
            int left = random.nextInt(20);
            for (Map.Entry<Key, Cell> entry : records.tailMap(from, true).entrySet()) {
                if (left-- == 0) {
                    break;
                }
                assertThat(scan.next()).isTrue();
                assertThat(scan.record().toKey()).isEqualTo(entry.getKey());
                assertThat(scan.record().toCell()).isEqualTo(entry.getValue());
            }
            scan.close();
        }
    }

    private TableReader open(NavigableMap<Key, Cell> records, BlockCache cache) throws IOException {
        Path path = directory.resolve("table");
        TableFixture.write(path, TableOptions.ofBlockBytes(BLOCK_BYTES), records);
        return TableFixture.open(path, cache);
    }

    @Test
    void theArrayOfADroppedBlockIsUsedAgainWhenAllHoldersHaveLetGo() {
        BlockFrames frames = new BlockFrames(BLOCK_BYTES);
        byte[] first = frames.take(BLOCK_BYTES);
        byte[] second = frames.take(BLOCK_BYTES);
        assertThat(frames.take(10)).hasSize(10);
        assertThat(frames.takeForReading(10)).hasSizeGreaterThan(BLOCK_BYTES);
        assertThat(frames.take(5_000)).hasSize(5_000);
        Block held = block(first);
        held.hold();
        held.hold();
        frames.retire(held);
        frames.retire(block(second));
        assertThat(frames.take(BLOCK_BYTES)).isSameAs(second);
        frames.letGo(held);
        assertThat(frames.take(BLOCK_BYTES)).isNotSameAs(first);
        frames.letGo(held);
        assertThat(frames.take(BLOCK_BYTES)).isSameAs(first);
        assertThatThrownBy(held::letGo).hasMessageContaining("more often than held");
        assertThatThrownBy(held::hold).hasMessageContaining("let go of");
    }

    @Test
    void aScanGivesBackWhatItReadPastTheCache() throws IOException {
        NavigableMap<Key, Cell> records = TableFixture.records(RandomSource.seeded(22), 5_000);
        BlockCache cache = new BlockCache(0, BLOCK_BYTES);
        TableReader table = open(records, cache);
        Set<byte[]> used = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < 20; i++) {
            TableScan scan = TableScan.cached(table, records.firstKey(), null);
            while (scan.next()) {
                if (scan.record().valueArray().length > BLOCK_BYTES) {
                    used.add(scan.record().valueArray());
                }
            }
            scan.close();
            ReverseTableCursor reverse = new ReverseTableCursor(table, records.firstKey(), null);
            assertThat(reverse.next()).isTrue();
            reverse.close();
            assertThat(reverse.next()).isFalse();
        }
        // One for the stored form, one for the block that was read last, and one for its partition of the index.
        assertThat(used.size()).isBetween(1, 4);
        table.release();
    }

    @Test
    void aScanThatIsClosedStandsOnNothing() throws IOException {
        NavigableMap<Key, Cell> records = TableFixture.records(RandomSource.seeded(23), 500);
        TableReader table = open(records, new BlockCache(40_000, BLOCK_BYTES));
        TableScan scan = TableScan.cached(table, records.firstKey(), null);
        assertThat(scan.next()).isTrue();
        scan.close();
        scan.close();
        assertThat(scan.next()).isFalse();
        assertThatThrownBy(scan::record).hasMessageContaining("stands on no record");
        table.release();
    }

    private static Block block(byte[] array) {
        BlockBuilder builder = new BlockBuilder();
        RandomSource random = RandomSource.seeded(1);
        TableFixture.records(random, 1).forEach((key, cell) -> builder.add(new RecordView().show(key, cell), 0));
        int length = builder.build();
        System.arraycopy(builder.block(), 0, array, 0, length);
        return Block.parse(array, length, new NodeId[] {new NodeId(1)});
    }
}
