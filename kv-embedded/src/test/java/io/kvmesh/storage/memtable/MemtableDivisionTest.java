package io.kvmesh.storage.memtable;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.RandomSource;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a memtable has when its leaves are just full, and when they are divided while somebody walks it. */
class MemtableDivisionTest {
    private static final int FULL = Leaves.ENTRIES_MAX;

    private final Memtable memtable = new Memtable();

    /** The order in which keys come. */
    private enum Arrival {
        ASCENDING,
        DESCENDING,
        SHUFFLED,
        /** From both ends to the middle. */
        INWARDS;

        List<Integer> of(int count) {
            List<Integer> numbers =
                    new ArrayList<>(IntStream.range(0, count).boxed().toList());
            switch (this) {
                case ASCENDING -> {}
                case DESCENDING -> Collections.reverse(numbers);
                case SHUFFLED -> {
                    RandomSource random = RandomSource.seeded(count);
                    for (int i = count - 1; i > 0; i--) {
                        Collections.swap(numbers, i, random.nextInt(i + 1));
                    }
                }
                case INWARDS -> numbers.replaceAll(i -> i % 2 == 0 ? i / 2 : count - 1 - i / 2);
            }
            return numbers;
        }
    }

    private void put(Key key) {
        memtable.put(key, Cell.of(new byte[] {1}, new Version(1, new NodeId(7))), 1);
    }

    private static Key shortKey(int number) {
        return Key.ofStorageBytes(new byte[] {(byte) (number >>> 8), (byte) number});
    }

    /** Differs from others only far behind the bytes that are compared first. */
    private static Key longKey(int number) {
        return Key.ofStorageBytes(
                ByteBuffer.allocate(60).putInt(40, number).putInt(50, -number).array());
    }

    /** One of many keys that differ in the count of zeros at their ends, and so neighbours in their lengths alone. */
    private static Key keyOfZeros(int number) {
        byte[] bytes = new byte[2 + number % 40];
        bytes[0] = (byte) (number / 40);
        return Key.ofStorageBytes(bytes);
    }

    private List<Key> ascending() {
        List<Key> keys = new ArrayList<>();
        MemtableScan scan = memtable.scan(null, null);
        while (scan.next()) {
            keys.add(scan.record().toKey());
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

    @ParameterizedTest
    @EnumSource(Arrival.class)
    void hasEachKeyHoweverManyThereAre(Arrival arrival) {
        for (int count : new int[] {1, FULL - 1, FULL, FULL + 1, 2 * FULL, 2 * FULL + 1, 10 * FULL}) {
            hasAll(arrival, count, MemtableDivisionTest::shortKey);
            hasAll(arrival, count, MemtableDivisionTest::longKey);
            hasAll(arrival, count, MemtableDivisionTest::keyOfZeros);
        }
    }

    private static void hasAll(Arrival arrival, int count, IntFunction<Key> keyOf) {
        MemtableDivisionTest test = new MemtableDivisionTest();
        arrival.of(count).forEach(number -> test.put(keyOf.apply(number)));
        List<Key> keys = IntStream.range(0, count).mapToObj(keyOf).toList();
        assertThat(test.memtable.count()).isEqualTo(count);
        assertThat(keys).allMatch(key -> test.memtable.get(key) != null);
        assertThat(test.memtable.get(keyOf.apply(count))).isNull();
        assertThat(test.ascending()).containsExactlyElementsOf(keys);
        List<Key> reversed = new ArrayList<>(keys);
        Collections.reverse(reversed);
        assertThat(test.descending()).containsExactlyElementsOf(reversed);
        MemtableCursor cursor = test.memtable.cursor();
        for (int i = 0; i < count; i++) {
            assertThat(cursor.seek(keys.get(i))).isTrue();
            assertThat(cursor.key()).isEqualTo(keys.get(i));
            assertThat(cursor.seekBefore(keys.get(i))).isEqualTo(i > 0);
            if (i > 0) {
                assertThat(cursor.key()).isEqualTo(keys.get(i - 1));
            }
        }
        assertThat(cursor.seek(keyOf.apply(count))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 31, 32, 33, 63})
    void aWalkShowsEachKeyOnceThoughItsLeafIsDivided(int shownBefore) {
        List<Key> even =
                IntStream.range(0, 2 * FULL).mapToObj(i -> shortKey(2 * i)).toList();
        even.forEach(this::put);
        MemtableCursor forward = memtable.cursor();
        MemtableCursor backward = memtable.cursor();
        List<Key> ascending = new ArrayList<>();
        List<Key> descending = new ArrayList<>();
        forward.first();
        backward.last();
        for (int i = 0; i < 2 * FULL; i++) {
            ascending.add(forward.key());
            descending.add(backward.key());
            if (i + 1 == shownBefore) {
                IntStream.range(0, 2 * FULL).forEach(odd -> put(shortKey(2 * odd + 1)));
            }
            while (forward.next() && isOdd(forward.key())) {}
            while (backward.previous() && isOdd(backward.key())) {}
        }
        assertThat(ascending).containsExactlyElementsOf(even);
        Collections.reverse(descending);
        assertThat(descending).containsExactlyElementsOf(even);
    }

    private static boolean isOdd(Key key) {
        return key.bytes()[1] % 2 != 0;
    }

    @Test
    void keysThatAscendFillTheirLeaves() {
        for (int i = 0; i < 32_768; i++) {
            put(shortKey(i));
        }
        assertThat(bytesOfLeaves()).isLessThan(32_768 * 7);
    }

    @Test
    void keysThatAscendInSeveralPlacesFillTheirLeaves() {
        for (int i = 0; i < 4_096; i++) {
            for (int place = 0; place < 8; place++) {
                put(shortKey(place << 12 | i));
            }
        }
        assertThat(bytesOfLeaves()).isLessThan(32_768 * 7);
    }

    @Test
    void keysThatDescendTowardsAFullLeafHaveNoLeafEach() {
        for (int i = 0; i < FULL; i++) {
            put(shortKey(i));
        }
        put(shortKey(32_767));
        for (int i = 32_766; i >= FULL; i--) {
            put(shortKey(i));
        }
        assertThat(bytesOfLeaves()).isLessThan(32_768 * 14);
    }

    /** What is not taken by nodes and cells. */
    private long bytesOfLeaves() {
        long nodeBytes = 8 + 16;
        long cellBytes = 24 + 8;
        return memtable.bytes() - memtable.count() * (nodeBytes + cellBytes);
    }
}
