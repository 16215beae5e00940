package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.key;
import static io.kvmesh.storage.StorageFixture.text;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Partitions that a member gives up while some of its tables are damaged; keys are spread over 16 partitions. */
class DroppedDamageTest {
    private static final int KEYS = 120;
    private static final int PARTITIONS = 16;
    private static final int FIRST = 4;
    private static final int LAST = 7;
    private static final String FILLER = "x".repeat(60);
    /** So many places of the file are damaged, one at a time. */
    private static final int PLACES = 24;

    @TempDir
    Path temporary;

    private static boolean isDropped(String key) {
        int partition = key(key).partition();
        return partition >= FIRST && partition <= LAST;
    }

    private static StorageEngine open(StorageFixture fixture) {
        StorageConfig config = fixture.config(Durability.PERIODIC, 1024 * 1024, 16 * 1024);
        return fixture.open(new StorageConfig(
                config.directory(),
                config.partitions(),
                config.durability(),
                config.syncIntervalNanos(),
                config.memtableBytes(),
                config.logSegmentBytes(),
                config.blockBytes(),
                config.blockCacheBytes(),
                config.limits(),
                true));
    }

    /** A closed store with one table. */
    private StorageFixture filled(String name) {
        StorageFixture fixture = new StorageFixture(temporary.resolve(name));
        StorageEngine engine = open(fixture);
        fill(engine, 10);
        engine.flush();
        engine.close();
        return fixture;
    }

    private static void fill(StorageEngine engine, long stamp) {
        for (int i = 0; i < KEYS; i++) {
            write(engine, "city" + i, cell(FILLER + i, stamp));
        }
    }

    private static Path onlyTable(StorageFixture fixture) throws IOException {
        try (Stream<Path> listed = Files.list(fixture.directory.resolve("tables"))) {
            List<Path> tables = listed.toList();
            assertThat(tables).hasSize(1);
            return tables.get(0);
        }
    }

    private static void flip(Path file, long offset) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[Math.toIntExact(offset)] ^= 1;
        Files.write(file, bytes);
    }

    /** The kept keys that are not answered; the others are right, and nothing is left of dropped ones. */
    private static Set<String> refused(StorageEngine engine) {
        Set<String> refused = new TreeSet<>();
        for (int i = 0; i < KEYS; i++) {
            String key = "city" + i;
            try {
                assertThat(text(engine, key)).as(key).isEqualTo(isDropped(key) ? null : FILLER + i);
            } catch (CorruptDataException e) {
                assertThat(isDropped(key)).as(key).isFalse();
                refused.add(key);
            }
        }
        return refused;
    }

    private static void repair(StorageEngine engine) {
        for (Damage damage : engine.damages().all()) {
            List<KeySpan> spans = engine.damages().spans(damage);
            for (int i = 0; i < KEYS; i++) {
                Key key = key("city" + i);
                if (spans.stream().anyMatch(span -> span.contains(key))) {
                    assertThat(isDropped("city" + i)).as("repaired: city" + i).isFalse();
                    write(engine, "city" + i, cell(FILLER + i, 10));
                }
            }
            assertThat(engine.damages().replace(damage, spans)).isTrue();
        }
    }

    @Test
    void damageIsDroppedWithItsPartitionsAndStaysVisibleElsewhere() throws IOException {
        int withDamageLeft = 0;
        int withNoneLeft = 0;
        for (int place = 0; place < PLACES; place++) {
            StorageFixture fixture = filled("store" + place);
            StorageEngine engine = open(fixture);
            Path table = onlyTable(fixture);
            // The blocks of records are in the first half of the file.
            flip(table, 10 + Files.size(table) / 2 * place / PLACES);
            engine.dropPartitions(FIRST, LAST);
            Set<String> refused = refused(engine);
            List<Damage> damages = engine.damages().all();
            assertThat(damages).hasSize(refused.isEmpty() ? 0 : 1);
            engine.close();
            StorageEngine reopened = open(fixture);
            assertThat(reopened.damages().all()).as("after a restart").isEqualTo(damages);
            assertThat(refused(reopened)).isEqualTo(refused);
            repair(reopened);
            assertThat(refused(reopened)).isEmpty();
            assertThat(reopened.damages().all()).isEmpty();
            reopened.close();
            withDamageLeft += refused.isEmpty() ? 0 : 1;
            withNoneLeft += refused.isEmpty() ? 1 : 0;
        }
        assertThat(withDamageLeft).isPositive();
        assertThat(withNoneLeft).isPositive();
    }

    @Test
    void whatIsWrittenToDroppedPartitionsIsAnsweredDespiteDamageElsewhere() throws IOException {
        StorageFixture fixture = filled("store");
        StorageEngine engine = open(fixture);
        flip(onlyTable(fixture), 20);
        engine.dropPartitions(FIRST, LAST);
        assertThat(refused(engine)).isNotEmpty();
        for (int i = 0; i < KEYS; i++) {
            String key = "city" + i;
            if (isDropped(key)) {
                assertThat(write(engine, key, cell("older", 1)).written).isTrue();
                assertThat(text(engine, key)).isEqualTo("older");
            }
        }
        Key begin = Key.of(FIRST, new byte[0]);
        assertThat(engine.scan(CITIES.id(), begin, Key.of(LAST + 1, new byte[0]))
                        .next())
                .isTrue();
        engine.close();
    }

    @Test
    void ofALostTableOnlyKeptPartitionsStayLost() throws IOException {
        StorageFixture fixture = filled("store");
        Files.delete(onlyTable(fixture));
        StorageEngine engine = open(fixture);
        BitSet dropped = new BitSet();
        dropped.set(FIRST, LAST + 1);
        engine.dropPartitions(dropped);
        int kept = (int) Stream.iterate(0, i -> i < KEYS, i -> i + 1)
                .filter(i -> !isDropped("city" + i))
                .count();
        assertThat(refused(engine)).hasSize(kept);
        assertThat(engine.damages().all()).hasSize(1);
        engine.close();
        StorageEngine reopened = open(fixture);
        assertThat(refused(reopened)).hasSize(kept);
        assertThatThrownBy(() -> reopened.scan(CITIES.id(), Key.of(LAST, new byte[0]), null))
                .isInstanceOf(CorruptDataException.class);
        repair(reopened);
        assertThat(refused(reopened)).isEmpty();
        reopened.close();
    }

    @Test
    void aDropThatFailsAtAnyCallOfTheDiskCanBeRepeatedDespiteDamage() throws IOException {
        StorageFixture damaged = filled("damaged");
        flip(onlyTable(damaged), 20);
        boolean failed = true;
        int call = 0;
        for (; failed; call++) {
            assertThat(call).as("calls of the disk").isLessThan(200);
            StorageFixture broken = damaged.crashed(temporary.resolve("broken" + call));
            StorageEngine engine = open(broken);
            broken.files.failAfter(call);
            failed = false;
            try {
                engine.dropPartitions(FIRST, LAST);
            } catch (KvException e) {
                failed = true;
            }
            broken.files.heal();
            StorageEngine reopened = open(broken.crashed(temporary.resolve("crashed" + call)));
            reopened.dropPartitions(FIRST, LAST);
            assertThat(refused(reopened)).isNotEmpty();
            repair(reopened);
            assertThat(refused(reopened)).isEmpty();
            reopened.close();
            engine.close();
        }
        assertThat(call).isGreaterThan(5);
    }

    @Test
    void whatIsKeptOfASpanLiesAroundTheDroppedPartitions() {
        BitSet some = new BitSet();
        some.set(FIRST, LAST + 1);
        some.set(PARTITIONS - 1);
        DroppedPartitions dropped = new DroppedPartitions(some, PARTITIONS);
        assertThat(dropped.keptOf(KeySpan.ALL))
                .containsExactly(KeySpan.ofPartitions(0, FIRST - 1), KeySpan.ofPartitions(LAST + 1, PARTITIONS - 2));
        assertThat(dropped.keptOf(KeySpan.ofPartitions(FIRST, LAST))).isEmpty();
        assertThat(dropped.keptOf(KeySpan.ofPartitions(PARTITIONS - 1, PARTITIONS - 1)))
                .isEmpty();
        KeySpan within = KeySpan.closed(Key.of(1, new byte[] {5}), Key.of(2, new byte[] {7}));
        assertThat(dropped.keptOf(within)).containsExactly(within);
        assertThat(DroppedPartitions.NONE.keptOf(KeySpan.ALL)).containsExactly(KeySpan.ALL);
    }
}
