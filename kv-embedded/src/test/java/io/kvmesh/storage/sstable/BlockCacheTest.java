package io.kvmesh.storage.sstable;

import static io.kvmesh.storage.sstable.TableFixture.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the cache takes in and keeps. */
class BlockCacheTest {
    private static final int RECORDS = 40_000;
    private static final int RECORDS_PER_PAGE = 20;
    private static final int BLOCK_BYTES = 1024;
    private static final Key LEAST = Key.of(0, new byte[0]);

    @TempDir
    Path directory;

    private final List<Key> keys = new ArrayList<>();
    private final CountingFileSystem files = new CountingFileSystem(TableFixture.FILES);

    @BeforeEach
    void writeTable() throws IOException {
        NavigableMap<Key, Cell> records = new TreeMap<>();
        RandomSource random = RandomSource.seeded(1);
        for (int i = 0; i < RECORDS; i++) {
            byte[] value = new byte[100];
            TableFixture.fill(random, value);
            records.put(key(0, String.format(Locale.ROOT, "k%06d", i)), Cell.of(value, new Version(i, new NodeId(1))));
        }
        keys.addAll(records.keySet());
        TableFixture.write(directory.resolve("table"), TableOptions.ofBlockBytes(BLOCK_BYTES), records);
    }

    private TableReader open(BlockCache cache) throws IOException {
        return TableReader.open(files, directory.resolve("table"), TableFixture.TABLE_ID, cache);
    }

    private static int walk(TableReader table, Key from, int recordsMax) {
        TableScan cursor = TableScan.cached(table, from, null);
        int records = 0;
        while (records < recordsMax && cursor.next()) {
            records++;
        }
        return records;
    }

    private static int walkBack(TableReader table, @Nullable Key to, int recordsMax) {
        ReverseTableCursor cursor = new ReverseTableCursor(table, LEAST, to);
        int records = 0;
        while (records < recordsMax && cursor.next()) {
            records++;
        }
        return records;
    }

    /** Every two-hundredth key, each in a block of its own: together with the index half of the cache. */
    private List<Key> hotKeys() {
        List<Key> hot = new ArrayList<>();
        for (int i = 0; i < RECORDS; i += 200) {
            hot.add(keys.get(i));
        }
        return hot;
    }

    private static double hitRatio(TableReader table, BlockCache cache, List<Key> hot) {
        BlockCache.Figures before = cache.figures();
        hot.forEach(table::find);
        BlockCache.Figures after = cache.figures();
        long hits = after.hits() - before.hits();
        return (double) hits / (hits + after.misses() - before.misses());
    }

    @Test
    void aScanOfEverythingLeavesTheHotBlocks() throws IOException {
        BlockCache cache = new BlockCache(600_000);
        TableReader table = open(cache);
        List<Key> hot = hotKeys();
        for (int round = 0; round < 40; round++) {
            hot.forEach(table::find);
        }
        assertThat(hitRatio(table, cache, hot)).isEqualTo(1);

        assertThat(walk(table, LEAST, RECORDS)).isEqualTo(RECORDS);
        assertThat(walkBack(table, null, RECORDS)).isEqualTo(RECORDS);
        assertThat(hitRatio(table, cache, hot)).isEqualTo(1);

        // In pages, each of which is a short scan, while the hot keys go on being read.
        for (int i = 0; i < RECORDS; i += RECORDS_PER_PAGE) {
            assertThat(walk(table, keys.get(i), RECORDS_PER_PAGE)).isEqualTo(RECORDS_PER_PAGE);
            assertThat(table.find(hot.get(i / RECORDS_PER_PAGE % hot.size()))).isNotNull();
        }
        assertThat(cache.figures().misses()).isGreaterThan(RECORDS / RECORDS_PER_PAGE);
        assertThat(hitRatio(table, cache, hot)).isGreaterThan(0.95);
        table.release();
    }

    @Test
    void aScanOfEverythingBringsInItsStartAlone() throws IOException {
        BlockCache cache = new BlockCache(1 << 20);
        TableReader table = open(cache);
        walk(table, LEAST, RECORDS);
        long start = cache.figures().sizeBytes();
        // The start, and the partition of the index that leads to it.
        assertThat(start).isBetween((ScanStart.BLOCKS_KEPT - 1) * 1_000L, ScanStart.BLOCKS_KEPT * 1_200L + 5_000);
        assertThat(cache.figures().misses()).isEqualTo(ScanStart.BLOCKS_KEPT + 1);
        walk(table, LEAST, RECORDS);
        assertThat(cache.figures().sizeBytes()).isEqualTo(start);
        assertThat(cache.figures().hits()).isEqualTo(ScanStart.BLOCKS_KEPT + 1);
        table.release();
    }

    @Test
    void shortScansOfOneRangeNeedTheFileOnce() throws IOException {
        TableReader table = open(new BlockCache(1 << 20));
        int readsBefore = files.reads();
        walk(table, keys.get(5_000), RECORDS_PER_PAGE);
        assertThat(files.reads()).isGreaterThan(readsBefore);
        int readsOfFirst = files.reads();
        for (int i = 0; i < 10; i++) {
            walk(table, keys.get(5_000), RECORDS_PER_PAGE);
        }
        assertThat(files.reads()).isEqualTo(readsOfFirst);
        walkBack(table, keys.get(15_000), RECORDS_PER_PAGE);
        int readsOfReverse = files.reads();
        assertThat(readsOfReverse).isGreaterThan(readsOfFirst);
        walkBack(table, keys.get(15_000), RECORDS_PER_PAGE);
        assertThat(files.reads()).isEqualTo(readsOfReverse);
        table.release();
    }

    @Test
    void whatPassesTheCacheByIsNeitherHitNorMiss() throws IOException {
        BlockCache cache = new BlockCache(1 << 20);
        TableReader table = open(cache);
        TableScan cursor = new TableScan(table, LEAST, null);
        while (cursor.next()) {
            assertThat(cursor.record().keyLength()).isPositive();
        }
        assertThat(cache.figures()).isEqualTo(new BlockCache.Figures(0, 0, 0));
        table.release();
    }

    @Test
    void everyReadingIsAHitOrAMissAlsoOfBlocksThatAreGone() throws IOException {
        BlockCache cache = new BlockCache(60_000);
        TableReader table = open(cache);
        RandomSource random = RandomSource.seeded(2);
        int lookups = 30_000;
        int readsBefore = files.reads();
        for (int i = 0; i < lookups; i++) {
            // Few of them often, so that some stay and others go.
            int bound = random.chance(0.5) ? 100 : RECORDS;
            assertThat(table.find(keys.get(random.nextInt(bound)))).isNotNull();
        }
        assertThat(table.index().partitionBytes()).isGreaterThan(TableReader.RESIDENT_INDEX_BYTES_MAX);
        BlockCache.Figures figures = cache.figures();
        // A look-up reads a partition of the index and a data block.
        assertThat(figures.hits() + figures.misses()).isEqualTo(2L * lookups);
        assertThat(figures.misses()).isEqualTo(files.reads() - readsBefore);
        assertThat(figures.sizeBytes()).isBetween(30_000L, 60_000L);
        table.release();
        BlockCache.Figures closed = cache.figures();
        assertThat(closed).isEqualTo(new BlockCache.Figures(0, figures.hits(), figures.misses()));
    }

    @Test
    void whatIsReadAgainAndAgainComesIntoAFullCache() throws IOException {
        BlockCache cache = new BlockCache(100_000);
        TableReader table = open(cache);
        for (int i = 0; i < RECORDS; i += 10) {
            table.find(keys.get(i));
        }
        List<Key> wanted = hotKeys().subList(0, BlockCache.MISSES_PER_PUT);
        for (int round = 0; round < 200; round++) {
            wanted.forEach(table::find);
        }
        assertThat(hitRatio(table, cache, wanted)).isEqualTo(1);
        table.release();
    }

    @Test
    void withoutACacheEveryReadingIsAMiss() throws IOException {
        BlockCache cache = new BlockCache(0);
        TableReader table = open(cache);
        table.find(keys.get(7));
        table.find(keys.get(7));
        assertThat(cache.figures()).isEqualTo(new BlockCache.Figures(0, 0, 4));
        table.release();
    }
}
