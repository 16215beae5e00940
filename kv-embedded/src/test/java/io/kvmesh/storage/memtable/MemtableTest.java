package io.kvmesh.storage.memtable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.RandomSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A memtable against a sorted map of the JDK, and what it says of its memory. */
class MemtableTest {
    private static final NodeId NODE = new NodeId(7);

    private final Memtable memtable = new Memtable();

    private static Cell cell(long stamp, int valueBytes) {
        byte[] value = new byte[valueBytes];
        Arrays.fill(value, (byte) stamp);
        return Cell.of(value, new Version(stamp, NODE));
    }

    private static Key key(int... bytes) {
        byte[] all = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            all[i] = (byte) bytes[i];
        }
        return Key.ofStorageBytes(all);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void agreesWithASortedMap(long seed) {
        RandomSource random = RandomSource.seeded(seed);
        NavigableMap<Key, Cell> model = new TreeMap<>();
        for (int i = 0; i < 3_000; i++) {
            Key key = randomKey(random);
            Cell cell = randomCell(random);
            Cell present = model.get(key);
            Cell winner = present == null ? cell : Cell.newest(present, cell);
            model.put(key, winner);
            Cell returned = memtable.put(key, cell, i + 1);
            assertThat(returned).isEqualTo(present != null && winner.equals(present) ? present : null);
        }
        assertThat(memtable.count()).isEqualTo(model.size());
        model.forEach((key, cell) -> {
            assertThat(memtable.get(key)).isEqualTo(cell);
            assertThat(memtable.version(key)).isEqualTo(cell.version());
        });
        for (int i = 0; i < 300; i++) {
            agreesAt(model, randomKey(random), randomKey(random));
        }
        assertThat(ascending()).containsExactlyElementsOf(model.keySet());
        assertThat(descending()).containsExactlyElementsOf(model.descendingKeySet());
    }

    private void agreesAt(NavigableMap<Key, Cell> model, Key first, Key second) {
        Key from = first.compareTo(second) <= 0 ? first : second;
        Key to = first.compareTo(second) <= 0 ? second : first;
        assertThat(memtable.get(from)).isEqualTo(model.get(from));
        List<Map.Entry<Key, Cell>> found = new ArrayList<>();
        MemtableScan scan = memtable.scan(from, to);
        while (scan.next()) {
            found.add(Map.entry(scan.record().toKey(), scan.record().toCell()));
        }
        assertThat(found).containsExactlyElementsOf(model.subMap(from, to).entrySet());
        MemtableCursor cursor = memtable.cursor();
        assertThat(cursor.seek(from) ? cursor.key() : null).isEqualTo(model.ceilingKey(from));
        assertThat(cursor.seekBefore(from) ? cursor.key() : null).isEqualTo(model.lowerKey(from));
    }

    /** Keys that share beginnings of all lengths, and end in zeros. */
    private static Key randomKey(RandomSource random) {
        int length = 2 + random.nextInt(random.chance(0.1) ? 400 : 24);
        byte[] bytes = new byte[length];
        for (int i = random.nextInt(length); i < length; i++) {
            bytes[i] = random.chance(0.5) ? 0 : (byte) (random.nextInt(3) - 1);
        }
        return Key.ofStorageBytes(bytes);
    }

    private static Cell randomCell(RandomSource random) {
        Version version = new Version(1 + random.nextInt(50), new NodeId(random.nextInt(3)));
        if (random.chance(0.2)) {
            return Cell.tombstone(version);
        }
        byte[] value = new byte[random.nextInt(random.chance(0.02) ? 100_000 : 40)];
        Arrays.fill(value, (byte) random.nextInt(4));
        return random.chance(0.3) ? Cell.expiring(value, version, 1 + random.nextInt(9)) : Cell.of(value, version);
    }

    private List<Key> ascending() {
        List<Key> keys = new ArrayList<>();
        MemtableCursor cursor = memtable.cursor();
        for (boolean found = cursor.first(); found; found = cursor.next()) {
            keys.add(cursor.key());
        }
        return keys;
    }

    private List<Key> descending() {
        List<Key> keys = new ArrayList<>();
        MemtableCursor cursor = memtable.cursor();
        for (boolean found = cursor.last(); found; found = cursor.previous()) {
            keys.add(cursor.key());
        }
        return keys;
    }

    @Test
    void anEmptyOneHasNothing() {
        MemtableCursor cursor = memtable.cursor();
        assertThat(cursor.first()).isFalse();
        assertThat(cursor.last()).isFalse();
        assertThat(cursor.seek(key(0, 0))).isFalse();
        assertThat(cursor.seekBefore(key(255, 255))).isFalse();
        assertThatThrownBy(cursor::key).hasMessageContaining("stands on no key");
        assertThat(memtable.get(key(0, 0))).isNull();
        assertThat(memtable.version(key(0, 0))).isNull();
        assertThat(memtable.isEmpty()).isTrue();
        assertThat(memtable.firstPosition()).isEqualTo(Long.MAX_VALUE);
        MemtableScan scan = memtable.scan(null, null);
        assertThat(scan.next()).isFalse();
        assertThat(scan.next()).isFalse();
    }

    @Test
    void comparesKeysUnsignedAndByTheirLengths() {
        List<Key> sorted = List.of(
                key(0, 0),
                key(0, 0, 0),
                key(0, 127),
                key(0, 128),
                key(1, 0, 0, 0, 0, 0, 0, 0),
                key(1, 0, 0, 0, 0, 0, 0, 0, 0),
                key(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
                key(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
                key(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255),
                key(255, 0));
        for (int i = sorted.size() - 1; i >= 0; i--) {
            memtable.put(sorted.get(i), cell(i + 1, 3), 1);
        }
        assertThat(ascending()).containsExactlyElementsOf(sorted);
    }

    @Test
    void copiesWhatItIsGivenAndWhatItGives() {
        byte[] value = {1};
        memtable.put(key(0, 1), Cell.of(value, new Version(1, NODE)), 1);
        value[0] = 2;
        Cell read = Objects.requireNonNull(memtable.get(key(0, 1)));
        assertThat(read).isEqualTo(cell(1, 1));
        read.value()[0] = 3;
        assertThat(memtable.get(key(0, 1))).isEqualTo(cell(1, 1));
    }

    @Test
    void aLoserIsNotKept() {
        memtable.put(key(0, 1), cell(2, 100), 1);
        long bytes = memtable.bytes();
        assertThat(memtable.put(key(0, 1), cell(1, 100), 2)).isEqualTo(cell(2, 100));
        assertThat(memtable.bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 1_000, 30_000, 40_000, 300_000, 1 << 20})
    void tellsTheMemoryItTakes(int valueBytes) {
        long payload = 0;
        for (int i = 0; i < 50; i++) {
            memtable.put(key(i, i, i), cell(i + 1, valueBytes), i + 1);
            payload += 3 + valueBytes;
            long used = memtable.bytes();
            assertThat(used).isGreaterThanOrEqualTo(payload);
            assertThat(memtable.allocatedBytes() - used)
                    .as("set aside beyond the used %d", used)
                    .isNotNegative()
                    .isLessThanOrEqualTo(Math.min(2L * Arena.CHUNK_BYTES_MAX, used + 3 * Arena.CHUNK_BYTES_MIN));
        }
        long waste = memtable.bytes() - payload;
        assertThat(waste).isLessThan(50 * 150 + payload / 7);
    }

    @Test
    void aSmallOneTakesLittleMemory() {
        assertThat(memtable.allocatedBytes()).isLessThanOrEqualTo(Arena.CHUNK_BYTES_MIN);
        memtable.put(key(0, 1), cell(1, 8), 1);
        assertThat(memtable.allocatedBytes()).isLessThanOrEqualTo(2 * Arena.CHUNK_BYTES_MIN);
    }

    @Test
    void overwrittenCellsCount() {
        for (int i = 0; i < 100; i++) {
            memtable.put(key(0, 1), cell(i + 1, 1_000), i + 1);
        }
        assertThat(memtable.count()).isEqualTo(1);
        assertThat(memtable.bytes()).isGreaterThan(100_000);
    }

    @Test
    void holdsAMillionKeysInOrder() {
        RandomSource random = RandomSource.seeded(3);
        int stamp = 0;
        for (int i = 0; i < 1_000_000; i++) {
            int number = random.nextInt(1 << 24);
            memtable.put(key(number >> 16, number >> 8, number), cell(++stamp, 2), stamp);
        }
        int found = 0;
        Key before = null;
        MemtableCursor cursor = memtable.cursor();
        for (boolean more = cursor.first(); more; more = cursor.next()) {
            if (before != null) {
                assertThat(cursor.compareTo(before)).isPositive();
            }
            before = cursor.key();
            found++;
        }
        assertThat(found).isEqualTo(memtable.count());
    }
}
