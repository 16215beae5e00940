package io.kvmesh.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.storage.memtable.Memtable;
import io.kvmesh.storage.record.RecordSource;
import io.kvmesh.storage.record.RecordView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RecordMergeTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 7, 40})
    void agreesWithASortedMapOfTheNewestCells(int sources) {
        for (int seed = 0; seed < 40; seed++) {
            RandomSource random = RandomSource.seeded(seed);
            TreeMap<Key, Cell> model = new TreeMap<>();
            RecordMerge merge = new RecordMerge();
            for (int i = 0; i < sources; i++) {
                Memtable memtable = new Memtable();
                for (int records = random.nextInt(60); records > 0; records--) {
                    Key key = randomKey(random);
                    Cell cell = randomCell(random);
                    memtable.put(key, cell, 1);
                    model.merge(key, cell, Cell::newest);
                }
                merge.add(memtable.scan(null, null));
            }
            List<Map.Entry<Key, Cell>> merged = new ArrayList<>();
            while (merge.next()) {
                merged.add(Map.entry(merge.record().toKey(), merge.record().toCell()));
            }
            assertThat(merged).as("seed %d", seed).containsExactlyElementsOf(model.entrySet());
            assertThat(merge.next()).isFalse();
        }
    }

    /** Short ones that are beginnings of others, with zeros at their ends, and long ones with common beginnings. */
    private static Key randomKey(RandomSource random) {
        byte[] bytes = new byte[2 + (random.chance(0.7) ? random.nextInt(8) : random.nextInt(90))];
        for (int i = random.nextInt(bytes.length); i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(3) - 1);
        }
        return Key.ofStorageBytes(bytes);
    }

    private static Cell randomCell(RandomSource random) {
        Version version = new Version(1 + random.nextInt(4), new NodeId(random.nextInt(3)));
        if (random.chance(0.3)) {
            return Cell.tombstone(version);
        }
        byte[] value = new byte[random.nextInt(3)];
        // One version never has two expiries.
        return version.timestampMicros() == 2 ? Cell.expiring(value, version, 7) : Cell.of(value, version);
    }

    @Test
    void whatIsShownStaysUntilTheNextKeyIsAskedFor() {
        Memtable first = new Memtable();
        Memtable second = new Memtable();
        Version version = new Version(1, new NodeId(1));
        first.put(Key.of(0, new byte[] {1}), Cell.of(new byte[] {1}, version), 1);
        first.put(Key.of(0, new byte[] {2}), Cell.of(new byte[] {2}, version), 1);
        second.put(Key.of(0, new byte[] {1}), Cell.tombstone(version), 1);
        RecordMerge merge = new RecordMerge();
        RecordSource shownFirst = first.scan(null, null);
        merge.add(shownFirst);
        merge.add(second.scan(null, null));
        assertThat(merge.next()).isTrue();
        RecordView shown = merge.record();
        assertThat(shown.isTombstone()).isTrue();
        assertThat(shownFirst.record().toKey()).isEqualTo(shown.toKey());
        assertThat(merge.next()).isTrue();
        assertThat(merge.record().toCell().value()).containsExactly(2);
        assertThat(merge.next()).isFalse();
        assertThatThrownBy(merge::record).hasMessageContaining("stands on no record");
    }
}
