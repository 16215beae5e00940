package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.key;
import static io.kvmesh.storage.StorageFixture.tombstone;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kvmesh.api.StorageInfo;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each figure in a situation in which it is known. */
class StorageInfoTest {
    private static final int KEYS = 300;
    /** The names are of one length. */
    private static final int KEY_BYTES = Key.PARTITION_BYTES + 6;

    private static final int VALUE_BYTES = 50;

    @TempDir
    Path temporary;

    private StorageFixture fixture = new StorageFixture(Path.of("unset"));

    @BeforeEach
    void place() {
        fixture = new StorageFixture(temporary.resolve("store"));
    }

    private static String name(int number) {
        return String.valueOf(100_000 + number);
    }

    private static void fill(StorageEngine engine, int from, long stampMicros) {
        for (int i = from; i < from + KEYS; i++) {
            assertThat(write(engine, name(i), cell("x".repeat(VALUE_BYTES), stampMicros)).written)
                    .isTrue();
        }
    }

    private static void read(StorageEngine engine, int from) {
        for (int i = from; i < from + KEYS; i++) {
            assertThat(engine.read(CITIES.id(), key(name(i)))).isNotNull();
        }
    }

    private long fileBytes(String directory) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(fixture.directory.resolve(directory))) {
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    @Test
    void anEmptyStoreHasNothing() throws IOException {
        StorageEngine engine = fixture.open();
        StorageInfo info = engine.info();
        assertThat(info)
                .isEqualTo(new StorageInfo(
                        new StorageInfo.Disk(0, List.of(), 0, 0, fileBytes("log"), 0),
                        new StorageInfo.Memory(0, 0, 0),
                        new StorageInfo.Reads(0, 0, 0, 0, 0, 0, 0),
                        new StorageInfo.Writes(0, 0, 0, 0, 0, 0),
                        new StorageInfo.Compactions(0, 0, 0, 0, 0, Optional.empty())));
        assertThat(info.writeAmplification()).isZero();
        assertThat(info.disk().spaceAmplificationMax()).isZero();
        assertThat(info.reads().bloomFalsePositiveRate()).isZero();
        assertThat(info.reads().cacheHitRatio()).isZero();
        assertThat(info.reads().sstablesPerKey()).isZero();
        assertThat(info.reads().blocksPerKey()).isZero();
        engine.close();
    }

    @Test
    void writeAmplificationIsWhatLogFlushesAndMergesWrote() throws IOException {
        StorageEngine engine = fixture.open();
        fill(engine, 0, 10);
        write(engine, name(0), tombstone(20));
        long userBytes = KEYS * (KEY_BYTES + VALUE_BYTES) + KEY_BYTES;
        StorageInfo logged = engine.info();
        assertThat(logged.writes().userBytes()).isEqualTo(userBytes);
        // Header of the frame, flags and sizes of the record.
        assertThat(logged.writes().logBytes()).isBetween(userBytes + 10 * KEYS, userBytes + 25 * KEYS);
        assertThat(logged.writes().logBytes()).isLessThanOrEqualTo(logged.disk().logBytes());
        assertThat(logged.writeAmplification())
                .isEqualTo((double) logged.writes().logBytes() / userBytes);

        engine.flush();
        StorageInfo flushed = engine.info();
        assertThat(flushed.writes().flushedBytes()).isEqualTo(fileBytes("tables"));
        assertThat(flushed.disk().sstableBytes()).isEqualTo(fileBytes("tables"));
        assertThat(flushed.disk().totalBytes()).isEqualTo(fileBytes("tables") + fileBytes("log"));
        assertThat(flushed.writeAmplification())
                .isEqualTo((double) (flushed.writes().logBytes() + fileBytes("tables")) / userBytes);

        for (int round = 2; round < 5; round++) {
            fill(engine, 0, 10L * round + 10);
            engine.flush();
        }
        long bytesBefore = fileBytes("tables");
        fixture.scheduler.runAll();
        StorageInfo merged = engine.info();
        assertThat(merged.compactions().finishedCount()).isEqualTo(1);
        assertThat(merged.compactions().readBytes()).isEqualTo(bytesBefore);
        assertThat(merged.compactions().writtenBytes()).isEqualTo(fileBytes("tables"));
        assertThat(merged.writeAmplification())
                .isEqualTo((double) (merged.writes().logBytes() + bytesBefore + fileBytes("tables"))
                        / merged.writes().userBytes());
        assertThat(merged.writeAmplification()).isBetween(1.5, 4.0);
        engine.close();
    }

    @Test
    void readsOfMemoryTouchNoTable() {
        StorageEngine engine = fixture.open();
        fill(engine, 0, 10);
        read(engine, 0);
        assertThat(engine.info().reads()).isEqualTo(new StorageInfo.Reads(KEYS, 0, 0, 0, 0, 0, 0));
        assertThat(engine.info().memory().memtableBytes()).isGreaterThan(KEYS * (KEY_BYTES + VALUE_BYTES));
        engine.close();
    }

    @Test
    void readAmplificationCountsTablesAndBlocks() {
        StorageEngine engine = fixture.open();
        fill(engine, 0, 10);
        engine.flush();
        fill(engine, KEYS, 20);
        engine.flush();
        read(engine, KEYS);
        StorageInfo.Reads newest = engine.info().reads();
        assertThat(newest.keyCount()).isEqualTo(KEYS);
        assertThat(newest.bloomCheckCount())
                .as("the older table holds nothing newer")
                .isEqualTo(KEYS);
        assertThat(newest.sstablesPerKey()).isEqualTo(1);
        assertThat(newest.blocksPerKey()).isEqualTo(1);
        assertThat(newest.bloomFalsePositiveRate()).isZero();

        read(engine, 0);
        StorageInfo.Reads both = engine.info().reads();
        assertThat(both.keyCount()).isEqualTo(2 * KEYS);
        // Of each table both ends have a key or two that the other one does not cover.
        assertThat(both.bloomCheckCount()).isBetween(3L * KEYS - 40, 3L * KEYS);
        assertThat(both.sstableSearchCount()).isEqualTo(2 * KEYS + both.bloomFalsePositiveCount());
        assertThat(both.sstablesPerKey()).isEqualTo((double) both.sstableSearchCount() / (2 * KEYS));
        engine.close();
    }

    @Test
    void readsOfManyKeysLookAtEachBlockOnce() {
        StorageEngine engine = fixture.open();
        fill(engine, 0, 10);
        engine.flush();
        List<Key> keys = IntStream.range(0, KEYS).mapToObj(i -> key(name(i))).toList();
        engine.readAll(CITIES.id(), keys);
        StorageInfo.Reads reads = engine.info().reads();
        assertThat(reads.keyCount()).isEqualTo(KEYS);
        assertThat(reads.sstablesPerKey()).isEqualTo(1);
        // A block of 512 bytes holds seven records or so.
        assertThat(reads.blocksPerKey()).isBetween(1.0 / 9, 1.0 / 5);
        assertThat(reads.cacheMissCount()).isEqualTo(reads.blockSearchCount());
        engine.close();
    }

    @Test
    void anAnswerThatNeedsTheDiskIsCountedOnce() {
        StorageEngine engine = fixture.open();
        fill(engine, 0, 10);
        engine.flush();
        Cell resident = engine.readResident(CITIES.id(), key(name(7)));
        assertThat(StorageEngine.needsDisk(resident)).isTrue();
        assertThat(StorageEngine.needsDisk(engine.readVersionResident(CITIES.id(), key(name(7)))))
                .isTrue();
        assertThat(engine.info().reads()).isEqualTo(new StorageInfo.Reads(0, 0, 0, 0, 0, 0, 0));
        engine.read(CITIES.id(), key(name(7)));
        assertThat(engine.info().reads()).isEqualTo(new StorageInfo.Reads(1, 1, 0, 1, 1, 0, 1));
        engine.readVersion(CITIES.id(), key(name(7)));
        engine.readResident(CITIES.id(), key(name(7)));
        StorageInfo.Reads reads = engine.info().reads();
        assertThat(reads).isEqualTo(new StorageInfo.Reads(3, 3, 0, 3, 3, 2, 1));
        assertThat(reads.cacheHitRatio()).isEqualTo(2.0 / 3);
        assertThat(engine.info().memory().blockCacheBytes()).isBetween(300L, 1_000L);
        engine.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 10})
    void theRateOfFalsePositivesIsThatOfTheory(int bitsPerKey) {
        StorageEngine engine = fixture.open();
        engine.chooseTables(CITIES.id(), Optional.empty(), OptionalInt.of(bitsPerKey));
        for (int i = 0; i < 5_000; i++) {
            write(engine, "present" + i, cell("", 10));
        }
        engine.flush();
        assertThat(engine.info().memory().bloomFilterBytes() * 8)
                .isBetween(5_000L * bitsPerKey, 5_000L * bitsPerKey + 1_024);
        for (int i = 0; i < 200_000; i++) {
            assertThat(engine.read(CITIES.id(), key("absent" + i))).isNull();
        }
        for (int i = 0; i < 5_000; i++) {
            // Those are no false positives, and must not dilute the rate.
            assertThat(engine.read(CITIES.id(), key("present" + i))).isNotNull();
        }
        double probes = Math.max(1, Math.round(bitsPerKey * Math.log(2)));
        double theory = Math.pow(1 - Math.exp(-probes / bitsPerKey), probes);
        assertThat(engine.info().reads().bloomFalsePositiveRate()).isEqualTo(theory, within(0.1 * theory));
        engine.close();
    }

    @Test
    void spaceAmplificationIsThatOfOverwritesUntilTheyAreMerged() {
        StorageEngine engine = fixture.open();
        for (int round = 1; round < 5; round++) {
            fill(engine, 0, 10L * round);
            engine.flush();
            assertThat(engine.info().disk().sstableCount()).isEqualTo(round);
            assertThat(engine.info().disk().spaceAmplificationMax()).isEqualTo((double) round, within(0.1));
        }
        fixture.scheduler.runAll();
        assertThat(engine.info().disk().sstableCount()).isEqualTo(1);
        assertThat(engine.info().disk().spaceAmplificationMax()).isEqualTo(1);
        engine.close();
    }

    @Test
    void tombstonesAndExpiredTablesAreNotLive() {
        StorageEngine engine = fixture.open();
        fill(engine, 0, 10);
        for (int i = KEYS; i < 2 * KEYS; i++) {
            write(engine, name(i), tombstone(10));
        }
        engine.flush();
        StorageInfo.Disk half = engine.info().disk();
        assertThat(half.liveBytesMin()).isEqualTo(half.sstableBytes() / 2);
        assertThat(half.spaceAmplificationMax()).isEqualTo(2, within(0.01));
        engine.close();

        fixture = new StorageFixture(temporary.resolve("expired"));
        StorageEngine expired = fixture.open();
        write(expired, name(1), Cell.expiring(new byte[100], new Version(1, StorageFixture.NODE), 2));
        expired.flush();
        assertThat(expired.info().disk().liveBytesMin()).isZero();
        expired.close();
    }
}
