package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.key;
import static io.kvmesh.storage.StorageFixture.text;
import static io.kvmesh.storage.StorageFixture.tombstone;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.Compaction;
import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.Durability;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Merges of tables in an engine on real files, step by step, with a clock that the test moves. */
class CompactionTest {
    private static final long GRACE_MICROS = 1_000;
    private static final long START_MICROS = 1_000_000;
    private static final long MEMTABLE_BYTES = 200_000;

    @TempDir
    Path directory;

    private StorageFixture fixture = new StorageFixture(Path.of("unset"));
    private final SetClock clock = new SetClock();
    private final RandomSource random = RandomSource.seeded(5);
    private long stampMicros = 1;

    @BeforeEach
    void prepare() {
        fixture = new StorageFixture(directory.resolve("store"));
    }

    @Test
    void fourFlushedTablesBecomeOneWithTheNewestOfEachKey() throws IOException {
        StorageEngine engine = open();
        for (int round = 0; round < 3; round++) {
            flush(engine, round, 40);
        }
        assertThat(tables()).hasSize(3);
        flush(engine, 3, 40);
        assertThat(tables()).hasSize(1);
        assertThat(engine.info().compactions().finishedCount()).isEqualTo(1);
        assertThat(engine.info().disk().sstableCount()).isEqualTo(1);
        assertThat(engine.info().compactions().readBytes())
                .isGreaterThan(3 * engine.info().compactions().writtenBytes());
        assertThat(engine.isCompacted()).isTrue();
        expect(engine, 3, 40);
        engine.close();
        StorageEngine reopened = open();
        expect(reopened, 3, 40);
        reopened.close();
    }

    @Test
    void tombstonesAreKeptWhileTheyMayHideSomethingOfAnotherReplica() {
        StorageEngine engine = open();
        writeAndFlush(engine, "berlin", StorageFixture.cell("old", 10));
        writeAndFlush(engine, "berlin", tombstone(20));
        clock.micros += 10 * GRACE_MICROS;
        fill(engine, 2);
        assertThat(engine.info().disk().sstableCount()).isEqualTo(1);
        assertThat(stored(engine, "berlin")).as("not repaired").isEqualTo(tombstone(20));
        engine.close();
    }

    @Test
    void tombstonesThatAllReplicasHaveAreForgottenAfterGcGrace() {
        StorageEngine engine = open();
        engine.repairedUntil((map, first, last) -> clock.micros);
        long deletedMicros = clock.micros;
        writeAndFlush(engine, "berlin", StorageFixture.cell("old", 10));
        writeAndFlush(engine, "berlin", tombstone(deletedMicros));
        clock.micros += GRACE_MICROS;
        fill(engine, 2);
        assertThat(stored(engine, "berlin")).as("within gc grace").isEqualTo(tombstone(deletedMicros));
        clock.micros += 1;
        fill(engine, 3);
        assertThat(stored(engine, "berlin")).isNull();
        engine.close();
    }

    @Test
    void aTombstoneIsKeptWhileAnotherTableMayHaveWhatItHides() {
        StorageEngine engine = open();
        write(engine, "berlin", StorageFixture.cell("old", 10));
        // Too dense for the level of those that are to come.
        fillLarge(engine);
        forgetAll(engine);
        writeAndFlush(engine, "berlin", tombstone(20));
        writeAndFlush(engine, "rome", tombstone(20));
        fill(engine, 2);
        assertThat(engine.info().disk().sstableCount())
                .as("the large one, and the merged")
                .isEqualTo(2);
        assertThat(stored(engine, "berlin")).isEqualTo(tombstone(20));
        assertThat(stored(engine, "rome")).as("hides nothing").isNull();
        engine.close();
    }

    @Test
    void aTombstoneIsKeptWhileAMemtableHasItsKey() {
        StorageEngine engine = open();
        forgetAll(engine);
        write(engine, "berlin", tombstone(20));
        write(engine, "rome", tombstone(20));
        for (int round = 0; round < 4; round++) {
            writeRound(engine, round, 40);
            engine.flush();
        }
        write(engine, "berlin", StorageFixture.cell("old", 10));
        fixture.scheduler.runOffered();
        assertThat(engine.info().disk().sstableCount()).isEqualTo(1);
        assertThat(stored(engine, "berlin")).isEqualTo(tombstone(20));
        assertThat(stored(engine, "rome")).isNull();
        engine.close();
    }

    private void forgetAll(StorageEngine engine) {
        engine.repairedUntil((map, first, last) -> clock.micros);
        clock.micros += 10 * GRACE_MICROS;
    }

    @Test
    void anExpiredValueBecomesATombstoneAndIsThenForgotten() {
        StorageEngine engine = open();
        Version version = new Version(50, StorageFixture.NODE);
        writeAndFlush(engine, "berlin", Cell.expiring(new byte[100], version, clock.micros + 5));
        fill(engine, 3);
        assertThat(stored(engine, "berlin")).as("not expired").isNotNull().matches(cell -> !cell.isTombstone());
        clock.micros += 5;
        fill(engine, 3);
        assertThat(stored(engine, "berlin")).isEqualTo(Cell.tombstone(version));
        engine.repairedUntil((map, first, last) -> clock.micros);
        clock.micros += 10 * GRACE_MICROS;
        fill(engine, 3);
        assertThat(stored(engine, "berlin")).isNull();
        engine.close();
    }

    @Test
    void aTableOfWhichAllExpiredIsDroppedWithoutBeingRead() throws IOException {
        StorageEngine engine = open();
        for (int i = 0; i < 50; i++) {
            Version version = new Version(clock.micros, StorageFixture.NODE);
            write(engine, "city" + i, Cell.expiring(new byte[100], version, clock.micros + 100));
        }
        flush(engine);
        assertThat(tables()).hasSize(1);
        damage(tables().get(0), 10);
        engine.repairedUntil((map, first, last) -> clock.micros);
        clock.micros += 101 + GRACE_MICROS;
        engine.compact();
        fixture.scheduler.runOffered();
        assertThat(tables()).isEmpty();
        assertThat(stored(engine, "city7")).isNull();
        engine.close();
    }

    @Test
    void howTablesAreMergedIsChosenForAMapAndRemembered() throws IOException {
        StorageEngine engine = open();
        engine.chooseCompaction(CITIES.id(), Compaction.leveled());
        flush(engine, 0, 40);
        flush(engine, 1, 40);
        assertThat(tables()).hasSize(1);
        engine.close();
        StorageEngine reopened = open();
        flush(reopened, 2, 40);
        assertThat(tables()).hasSize(1);
        reopened.chooseCompaction(CITIES.id(), Compaction.timeWindow(Duration.ofSeconds(1)));
        clock.micros += 10_000_000;
        flush(reopened, 3, 40);
        assertThat(tables()).as("of another window").hasSize(2);
        expect(reopened, 3, 40);
        reopened.close();
    }

    @Test
    void largeOutputsAreCutBetweenPartitions() throws IOException {
        StorageEngine engine = open();
        for (int round = 0; round < 12; round++) {
            fillLarge(engine);
        }
        assertThat(tables().size()).isGreaterThan(3);
        List<Integer> perLevel = engine.info().disk().sstableCountPerLevel();
        assertThat(perLevel.stream().mapToInt(Integer::intValue).sum()).isEqualTo(tables().size());
        assertThat(perLevel.size()).isGreaterThan(1);
        for (Path table : tables()) {
            assertThat(Files.size(table)).isLessThan(4 * fixtureLimits().tableBytesTarget());
        }
        engine.close();
    }

    @Test
    void aCursorKeepsItsTablesUntilItIsClosed() throws IOException {
        StorageEngine engine = open();
        for (int round = 0; round < 3; round++) {
            flush(engine, round, 40);
        }
        List<Path> before = tables();
        CellCursor cursor = engine.scan(CITIES.id(), Key.of(0, new byte[0]), null);
        assertThat(cursor.next()).isTrue();
        flush(engine, 3, 40);
        assertThat(tables()).containsAll(before).hasSize(4);
        int seen = 1;
        while (cursor.next()) {
            assertThat(new String(cursor.cell().value(), StandardCharsets.UTF_8))
                    .startsWith("2:");
            seen++;
        }
        assertThat(seen).isEqualTo(40);
        cursor.close();
        assertThatThrownBy(cursor::record).hasMessageContaining("closed");
        assertThat(tables()).hasSize(1).doesNotContainAnyElementsOf(before);
        engine.close();
    }

    @Test
    void aMergeThatCannotWriteLeavesItsInputsAndIsTriedAgain() throws IOException {
        StorageEngine engine = open();
        for (int round = 0; round < 4; round++) {
            writeRound(engine, round, 40);
            engine.flush();
        }
        fixture.files.failAfter(0);
        fixture.scheduler.runOffered();
        assertThat(engine.info().compactions().failedCount()).isEqualTo(1);
        assertThat(engine.info().compactions().blocked())
                .hasValueSatisfying(
                        reason -> assertThat(reason).startsWith("merging ").contains(" of map 'cities' failed"));
        assertThat(engine.readOnlyReason()).isEmpty();
        fixture.files.heal();
        assertThat(tables()).hasSize(4);
        expect(engine, 3, 40);
        fixture.scheduler.runAll();
        assertThat(tables()).hasSize(1);
        assertThat(engine.info().compactions().blocked()).isEmpty();
        expect(engine, 3, 40);
        engine.close();
    }

    @Test
    void aDamagedTableIsLeftAloneAndTheOthersAreMerged() throws IOException {
        StorageEngine engine = open();
        for (int round = 0; round < 4; round++) {
            writeRound(engine, round, 40);
            engine.flush();
        }
        Path damaged = tables().get(0);
        damage(damaged, 20);
        fixture.scheduler.runOffered();
        assertThat(tables()).hasSize(4);
        flush(engine, 4, 40);
        assertThat(tables()).hasSize(2).contains(damaged);
        assertThat(engine.readOnlyReason()).isEmpty();
        engine.close();
    }

    @Test
    void aReadMeetsDamageAsAnErrorAndNeverAsData() throws IOException {
        StorageEngine engine = open();
        flush(engine, 0, 40);
        damage(tables().get(0), 20);
        int refused = 0;
        for (int i = 0; i < 40; i++) {
            try {
                assertThat(text(engine, "city" + i)).startsWith("0:");
            } catch (CorruptDataException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
        engine.close();
    }

    @Test
    void whatAClosedMergeLeftIsGone() throws IOException {
        StorageEngine engine = open();
        for (int round = 0; round < 4; round++) {
            writeRound(engine, round, 40);
            engine.flush();
        }
        engine.close();
        assertThat(tables()).hasSize(4);
        StorageEngine reopened = open();
        assertThat(reopened.isCompacted()).isFalse();
        fixture.scheduler.runOffered();
        assertThat(reopened.isCompacted()).isTrue();
        assertThat(tables()).hasSize(1);
        expect(reopened, 3, 40);
        reopened.close();
    }

    @Test
    void aBoundOfBytesMakesPausesBetweenSteps() throws IOException {
        StorageEngine engine = open(new CompactionLimits(GRACE_MICROS, 1_000, 5_000, 50_000));
        for (int round = 0; round < 4; round++) {
            writeRound(engine, round, 40);
            engine.flush();
        }
        fixture.scheduler.runOffered();
        assertThat(tables())
                .as("the end waits for a pause")
                .hasSize(5)
                .last()
                .asString()
                .endsWith(".tmp");
        assertThat(fixture.scheduler.delayedTasks())
                .as("the sync of the log, and the pause")
                .isEqualTo(2);
        fixture.scheduler.runAll();
        assertThat(tables()).hasSize(1);
        engine.close();
    }

    @Test
    void aWindowMustFitTheStrategy() {
        Assertions.assertThatIllegalArgumentException()
                .isThrownBy(() -> Compaction.timeWindow(Duration.ofMillis(999)))
                .withMessageContaining("PT0.999S does not fit TIME_WINDOW");
        Assertions.assertThatIllegalArgumentException()
                .isThrownBy(() -> new Compaction(Compaction.Strategy.LEVELED, Duration.ofDays(1)))
                .withMessageContaining("PT24H does not fit LEVELED");
    }

    private StorageEngine open() {
        return open(fixtureLimits());
    }

    private static CompactionLimits fixtureLimits() {
        return new CompactionLimits(GRACE_MICROS, 0, 5_000, 50_000);
    }

    private StorageEngine open(CompactionLimits limits) {
        fixture.scheduler = new ManualScheduler();
        StorageConfig config = new StorageConfig(
                fixture.directory, 16, Durability.PERIODIC, 100_000_000L, MEMTABLE_BYTES, 1024 * 1024, 512, 0, limits);
        StorageEngine engine =
                StorageEngine.open(config, fixture.files, clock, fixture.scheduler, RandomSource.seeded(1));
        engine.createMap(CITIES);
        return engine;
    }

    private void flush(StorageEngine engine, int round, int keys) {
        writeRound(engine, round, keys);
        flush(engine);
    }

    private void flush(StorageEngine engine) {
        engine.flush();
        fixture.scheduler.runOffered();
    }

    private void writeRound(StorageEngine engine, int round, int keys) {
        for (int i = 0; i < keys; i++) {
            write(engine, "city" + i, StorageFixture.cell(round + ":" + "x".repeat(60), stampMicros()));
        }
    }

    private long stampMicros() {
        stampMicros = Math.max(stampMicros + 1, clock.micros);
        return stampMicros;
    }

    private void writeAndFlush(StorageEngine engine, String name, Cell cell) {
        write(engine, name, cell);
        fill(engine, 1);
    }

    /** Flushes some tables that are large enough to count as those of a flush. */
    private void fill(StorageEngine engine, int tables) {
        for (int table = 0; table < tables; table++) {
            for (int i = 0; i < 40; i++) {
                write(engine, "fill" + i, StorageFixture.cell("y".repeat(60), stampMicros()));
            }
            flush(engine);
        }
    }

    private void fillLarge(StorageEngine engine) {
        for (int i = 0; i < 700; i++) {
            // Nothing that a compression could make small.
            byte[] value = new byte[60];
            for (int at = 0; at < value.length; at++) {
                value[at] = (byte) random.nextInt(256);
            }
            Cell cell = Cell.of(value, new Version(stampMicros(), StorageFixture.NODE));
            write(engine, "large" + stampMicros, cell);
        }
        flush(engine);
    }

    private void expect(StorageEngine engine, int round, int keys) {
        for (int i = 0; i < keys; i++) {
            assertThat(text(engine, "city" + i)).as("city%d", i).startsWith(round + ":");
        }
        List<Key> scanned = new ArrayList<>();
        try (CellCursor cursor = engine.scan(CITIES.id(), Key.of(0, new byte[0]), null)) {
            while (cursor.next()) {
                scanned.add(cursor.key());
            }
        }
        assertThat(scanned).isSorted().hasSize(keys);
    }

    private static @Nullable Cell stored(StorageEngine engine, String name) {
        return engine.read(CITIES.id(), key(name));
    }

    private List<Path> tables() throws IOException {
        try (Stream<Path> entries = Files.list(fixture.directory.resolve("tables"))) {
            return entries.sorted().toList();
        }
    }

    private static void damage(Path table, int offset) throws IOException {
        byte[] bytes = Files.readAllBytes(table);
        bytes[offset] ^= 1;
        Files.write(table, bytes);
    }

    private static final class SetClock implements Clock {
        long micros = START_MICROS;

        @Override
        public long wallMicros() {
            return micros;
        }

        @Override
        public long monotonicNanos() {
            return micros * 1_000;
        }
    }
}
