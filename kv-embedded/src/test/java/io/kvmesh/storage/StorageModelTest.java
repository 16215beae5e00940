package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.Durability;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.storage.StorageFixture.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the engine with a sorted map under random writes, flushes, reopenings and crashes. */
class StorageModelTest {
    private static final int STEPS = 4_000;
    private static final int KEYS = 200;

    @TempDir
    Path temporary;

    private final TreeMap<Key, Cell> model = new TreeMap<>();
    private StorageFixture fixture = new StorageFixture(Path.of("unset"));
    private final RandomSource ranges = RandomSource.seeded(1);
    private int crashes;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void theEngineHoldsTheNewestCellOfEachKey(long seed) throws IOException {
        RandomSource random = RandomSource.seeded(seed);
        fixture = new StorageFixture(temporary.resolve("store"));
        StorageEngine engine = open(random);
        for (int step = 0; step < STEPS; step++) {
            int choice = random.nextInt(1_000);
            if (choice < 700) {
                write(engine, random);
            } else if (choice < 980) {
                Key key = key(random.nextInt(KEYS));
                assertThat(settled(engine.read(CITIES.id(), key)))
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(settled(model.get(key)));
            } else if (choice < 990) {
                fixture.scheduler.runAll();
            } else if (choice < 994) {
                engine.flush();
            } else if (choice < 996) {
                engine.close();
                engine = open(random);
            } else if (choice < 998) {
                engine = crash(engine, random);
            } else {
                assertSame(engine);
            }
        }
        assertSame(engine);
        engine.close();
        StorageEngine reopened = open(random);
        assertSame(reopened);
        reopened.close();
    }

    private StorageEngine open(RandomSource random) {
        long memtableBytes = random.chance(0.5) ? 1024 * 1024 : 20_000;
        return fixture.open(fixture.config(Durability.PERIODIC, memtableBytes, 16 * 1024));
    }

    private StorageEngine crash(StorageEngine engine, RandomSource random) throws IOException {
        StorageFixture next = fixture.crashed(temporary.resolve("crash" + crashes++));
        engine.close();
        fixture = next;
        return open(random);
    }

    private void write(StorageEngine engine, RandomSource random) {
        Key key = key(random.nextInt(KEYS));
        Cell cell = cell(random);
        Result result = new Result();
        engine.write(new Mutation(CITIES.id(), key, cell), result);
        if (result.failure instanceof io.kvmesh.api.OverloadedException) {
            fixture.scheduler.runAll();
            return;
        }
        assertThat(result.written).isTrue();
        Cell before = model.get(key);
        Version expected = before != null && before.version().isNewerThan(cell.version()) ? before.version() : null;
        assertThat(result.newer).isEqualTo(expected);
        model.merge(key, cell, Cell::newest);
    }

    private static Cell cell(RandomSource random) {
        Version version = new Version(1 + random.nextInt(1_000), new NodeId(random.nextInt(3)));
        // A version is given once: it always stands for the same.
        RandomSource content = RandomSource.seeded(version.hashCode());
        if (content.chance(0.2)) {
            return Cell.tombstone(version);
        }
        byte[] value = new byte[content.nextInt(200)];
        java.util.Arrays.fill(value, (byte) content.nextInt(256));
        return content.chance(0.1) ? Cell.expiring(value, version, 1 + content.nextInt(9)) : Cell.of(value, version);
    }

    private static Key key(int number) {
        return Key.of(number % 16, new byte[] {(byte) number});
    }

    private void assertSame(StorageEngine engine) {
        TreeMap<Key, Cell> stored = new TreeMap<>();
        try (CellCursor cursor = engine.scan(CITIES.id(), Key.of(0, new byte[0]), null)) {
            while (cursor.next()) {
                stored.put(cursor.key(), Objects.requireNonNull(settled(cursor.cell())));
            }
        }
        TreeMap<Key, Cell> expected = new TreeMap<>();
        model.forEach((key, cell) -> expected.put(key, Objects.requireNonNull(settled(cell))));
        assertThat(stored).isEqualTo(expected);
        assertSameRange(engine, expected, Key.of(0, new byte[0]), null);
        for (int i = 0; i < 5; i++) {
            Key from = key(ranges.nextInt(KEYS));
            Key to = key(ranges.nextInt(KEYS));
            assertSameRange(engine, expected, from, from.compareTo(to) > 0 ? null : to);
        }
        assertSameReads(engine, expected);
        for (Map.Entry<Key, Cell> entry : expected.entrySet()) {
            assertThat(settled(engine.read(CITIES.id(), entry.getKey()))).isEqualTo(entry.getValue());
        }
    }

    private static void assertSameRange(
            StorageEngine engine, NavigableMap<Key, Cell> expected, Key from, @Nullable Key to) {
        NavigableMap<Key, Cell> inside =
                to == null ? expected.tailMap(from, true) : expected.subMap(from, true, to, false);
        List<Key> keys = new ArrayList<>();
        try (CellCursor cursor = engine.scanReverse(CITIES.id(), from, to)) {
            while (cursor.next()) {
                keys.add(cursor.key());
                assertThat(settled(cursor.cell())).isEqualTo(expected.get(cursor.key()));
                assertThat(cursor.record().toKey()).isEqualTo(cursor.key());
                assertThat(cursor.record().toCell()).isEqualTo(cursor.cell());
            }
        }
        assertThat(keys).containsExactlyElementsOf(inside.descendingKeySet());
        keys.clear();
        try (CellCursor cursor = engine.scan(CITIES.id(), from, to)) {
            while (cursor.next()) {
                keys.add(cursor.record().toKey());
                assertThat(settled(cursor.record().toCell())).isEqualTo(expected.get(cursor.key()));
            }
        }
        assertThat(keys).containsExactlyElementsOf(inside.keySet());
    }

    /** Keys in any order, some of them twice, some absent. */
    private void assertSameReads(StorageEngine engine, NavigableMap<Key, Cell> expected) {
        List<Key> keys = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            keys.add(key(ranges.nextInt(KEYS + 20)));
        }
        @Nullable Cell[] found = engine.readAll(CITIES.id(), keys);
        assertThat(found).hasSize(keys.size());
        for (int i = 0; i < found.length; i++) {
            Cell cell = expected.get(keys.get(i));
            assertThat(settled(found[i])).isEqualTo(cell);
            Version version = engine.readVersion(CITIES.id(), keys.get(i));
            assertThat(version).isEqualTo(cell == null ? null : cell.version());
            Version resident = engine.readVersionResident(CITIES.id(), keys.get(i));
            assertThat(StorageEngine.needsDisk(resident) ? version : resident).isEqualTo(version);
        }
    }

    /** A merge of tables makes expired values, as all expiring ones here are, tombstones. */
    private static @Nullable Cell settled(@Nullable Cell cell) {
        return cell == null || cell.expiryMicros() == Cell.NEVER ? cell : Cell.tombstone(cell.version());
    }
}
