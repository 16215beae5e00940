package io.kvmesh.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.storage.record.RecordView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TableRunTest {
    private static final int TABLES = 5;
    private static final int RECORDS = 1_000;

    @TempDir
    Path directory;

    private final CountingFileSystem files = new CountingFileSystem(TableFixture.FILES);
    private final NavigableMap<Key, Cell> records = TableFixture.records(RandomSource.seeded(31), RECORDS);

    /** Tables that follow one another, the last ones first. */
    private List<TableReader> disjoint() throws IOException {
        List<Key> keys = new ArrayList<>(records.keySet());
        List<TableReader> tables = new ArrayList<>();
        for (int i = TABLES - 1; i >= 0; i--) {
            Key first = keys.get(RECORDS * i / TABLES);
            Key last = keys.get(RECORDS * (i + 1) / TABLES - 1);
            tables.add(open("table" + i, records.subMap(first, true, last, true)));
        }
        return tables;
    }

    private TableReader open(String name, NavigableMap<Key, Cell> content) throws IOException {
        Path path = directory.resolve(name);
        TableFixture.write(path, TableOptions.ofBlockBytes(512), content);
        return TableReader.open(files, path, TableFixture.TABLE_ID, new BlockCache(0));
    }

    private static NavigableMap<Key, Cell> walk(TableRun run) {
        NavigableMap<Key, Cell> seen = new TreeMap<>();
        while (run.next()) {
            assertThat(seen).doesNotContainKey(run.record().toKey());
            seen.put(run.record().toKey(), run.record().toCell());
        }
        assertThat(run.next()).isFalse();
        return seen;
    }

    @Test
    void tablesThatFollowOneAnotherAreOneRun() throws IOException {
        List<TableReader> tables = disjoint();
        List<TableRun> all = TableRun.pastTheCache(tables);
        assertThat(all).hasSize(1);
        assertThat(walk(all.get(0))).isEqualTo(records);

        List<Key> keys = new ArrayList<>(records.keySet());
        Key from = keys.get(150);
        Key to = keys.get(730);
        List<TableRun> range = TableRun.cached(tables, from, to);
        assertThat(range).hasSize(1);
        assertThat(walk(range.get(0))).isEqualTo(records.subMap(from, true, to, false));
        tables.forEach(TableReader::release);
    }

    @Test
    void tablesThatOverlapAreRunsOfTheirOwn() throws IOException {
        List<TableReader> tables = disjoint();
        tables.add(open(
                "across",
                new TreeMap<>(Map.of(
                        records.firstKey(), records.firstEntry().getValue(),
                        records.lastKey(), records.lastEntry().getValue()))));
        List<TableRun> runs = TableRun.pastTheCache(tables);
        assertThat(runs).hasSize(2);
        int seen = 0;
        for (TableRun run : runs) {
            seen += walk(run).size();
        }
        assertThat(seen).isEqualTo(RECORDS + 2);
        tables.forEach(TableReader::release);
    }

    @Test
    void aBlockThatBeginsBeforeWhatWasShownIsDamage() throws IOException {
        List<TableReader> tables = disjoint();
        RecordView shown = new RecordView().showKey(records.lastKey());
        TableScan scan = TableScan.pastTheCache(tables.get(0), shown);
        assertThatThrownBy(scan::next).isInstanceOf(CorruptDataException.class).hasMessageContaining("follows key");
        tables.forEach(TableReader::release);
    }

    @Test
    void aTableIsLookedIntoWhenTheOneBeforeHasEnded() throws IOException {
        List<TableReader> tables = disjoint();
        TableRun run = TableRun.cached(tables, records.firstKey(), null).get(0);
        int readsBefore = files.reads();
        assertThat(run.next()).isTrue();
        assertThat(files.reads()).isEqualTo(readsBefore + 1);
        run.close();
        tables.forEach(TableReader::release);
    }
}
