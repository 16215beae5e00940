package io.kvmesh.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.storage.record.RecordView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
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
        ExecutorService threads = Executors.newFixedThreadPool(READERS + 1);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                RandomSource random = RandomSource.seeded(i);
                running.add(threads.submit(() -> readAtRandom(table, records, random)));
            }
            running.add(threads.submit(() -> walk(table, records)));
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
        }
    }

    private TableReader open(NavigableMap<Key, Cell> records, BlockCache cache) throws IOException {
        Path path = directory.resolve("table");
        TableFixture.write(path, TableOptions.ofBlockBytes(BLOCK_BYTES), records);
        return TableFixture.open(path, cache);
    }

    @Test
    void theArrayOfADroppedBlockIsUsedAgainUnlessTheBlockWasLent() {
        BlockFrames frames = new BlockFrames(BLOCK_BYTES);
        byte[] first = frames.take(BLOCK_BYTES);
        byte[] second = frames.take(BLOCK_BYTES);
        assertThat(frames.take(10)).hasSize(10);
        assertThat(frames.take(5_000)).hasSize(5_000);
        Block lent = block(first);
        lent.lend();
        frames.retire(lent);
        frames.retire(block(second));
        assertThat(frames.take(BLOCK_BYTES)).isSameAs(second);
        assertThat(frames.take(BLOCK_BYTES)).isNotSameAs(first);
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
