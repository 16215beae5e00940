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
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.StoreException;
import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.storage.Snapshots.Addition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DamagesTest {
    private static final int CITY_COUNT = 60;
    private static final String FILLER = "x".repeat(60);

    @TempDir
    Path temporary;

    private StorageFixture fixture;

    @BeforeEach
    void createFixture() {
        fixture = new StorageFixture(temporary.resolve("store"));
    }

    private static StorageConfig config(StorageFixture of, boolean openDamaged) {
        StorageConfig config = of.config(Durability.PERIODIC, 1024 * 1024, 16 * 1024);
        return new StorageConfig(
                config.directory(),
                config.partitions(),
                config.durability(),
                config.syncIntervalNanos(),
                config.memtableBytes(),
                config.logSegmentBytes(),
                config.blockBytes(),
                config.blockCacheBytes(),
                config.limits(),
                openDamaged);
    }

    private StorageEngine open() {
        return fixture.open(config(fixture, true));
    }

    private StorageEngine openWithCities() {
        StorageEngine engine = open();
        writeCities(engine);
        engine.flush();
        return engine;
    }

    private static void writeCities(StorageEngine engine) {
        for (int i = 0; i < CITY_COUNT; i++) {
            write(engine, "city" + i, cell(FILLER + i, 10));
        }
    }

    private static List<Path> filesIn(Path directory) throws IOException {
        try (Stream<Path> listed = Files.list(directory)) {
            return listed.sorted().toList();
        }
    }

    private Path onlyTable() throws IOException {
        List<Path> tables = filesIn(fixture.directory.resolve("tables"));
        assertThat(tables).hasSize(1);
        return tables.get(0);
    }

    private List<Path> quarantined() throws IOException {
        Path directory = fixture.directory.resolve("quarantine");
        return Files.exists(directory) ? filesIn(directory) : List.of();
    }

    private static void flip(Path file, long offset) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[Math.toIntExact(offset)] ^= 1;
        Files.write(file, bytes);
    }

    /** How many cities cannot be read; each of the others is right. */
    private static int refused(StorageEngine engine) {
        int refused = 0;
        for (int i = 0; i < CITY_COUNT; i++) {
            try {
                assertThat(text(engine, "city" + i)).isEqualTo(FILLER + i);
            } catch (CorruptDataException e) {
                refused++;
            }
        }
        return refused;
    }

    private static Damage only(StorageEngine engine) {
        assertThat(engine.damages().all()).hasSize(1);
        return engine.damages().all().get(0);
    }

    private static boolean isIn(List<KeySpan> spans, Key key) {
        return spans.stream().anyMatch(span -> span.contains(key));
    }

    @Test
    void aDamagedBlockHidesItsKeysOnlyUntilTheyAreRepaired() throws IOException {
        StorageEngine engine = openWithCities();
        Path table = onlyTable();
        flip(table, 20);
        assertThat(engine.damages().all()).as("nobody has read it yet").isEmpty();
        assertThat(refused(engine)).isBetween(1, CITY_COUNT / 2);
        Damage damage = only(engine);
        assertThat(damage.reason()).contains(table.toString()).contains("offset 0");
        assertThat(engine.info().disk().damagedSstableCount()).isEqualTo(1);
        List<KeySpan> spans = engine.damages().spans(damage);
        assertThat(spans).hasSize(1);
        for (int i = 0; i < CITY_COUNT; i++) {
            if (isIn(spans, key("city" + i))) {
                write(engine, "city" + i, cell(FILLER + i, 10));
            }
        }
        assertThat(engine.damages().replace(damage, spans)).isTrue();
        assertThat(refused(engine)).isZero();
        assertThat(engine.damages().all()).isEmpty();
        assertThat(quarantined()).extracting(Path::getFileName).containsExactly(table.getFileName());
        engine.close();
        StorageEngine reopened = open();
        assertThat(refused(reopened)).isZero();
        reopened.close();
    }

    @Test
    void aNewerCellElsewhereIsAnsweredAllTheSame() throws IOException {
        StorageEngine engine = openWithCities();
        flip(onlyTable(), 20);
        List<KeySpan> spans = damageOf(engine);
        for (int i = 0; i < CITY_COUNT; i++) {
            if (isIn(spans, key("city" + i))) {
                assertThat(write(engine, "city" + i, cell("newer", 11)).newer).isNull();
                assertThat(text(engine, "city" + i)).isEqualTo("newer");
                KvException failure = write(engine, "city" + i, cell("older", 9)).failure;
                assertThat(failure).as("the newer one is known").isNull();
            }
        }
        engine.close();
    }

    private static List<KeySpan> damageOf(StorageEngine engine) {
        assertThat(refused(engine)).isPositive();
        return engine.damages().spans(only(engine));
    }

    @Test
    void moreDamageThanWasRepairedIsNotLeftOut() throws IOException {
        StorageEngine engine = openWithCities();
        Path table = onlyTable();
        flip(table, 20);
        List<KeySpan> spans = damageOf(engine);
        int before = refused(engine);
        flip(table, Files.size(table) / 3);
        assertThat(engine.damages().replace(only(engine), spans)).isFalse();
        assertThat(onlyTable()).isEqualTo(table);
        List<KeySpan> both = engine.damages().spans(only(engine));
        assertThat(both).hasSizeGreaterThanOrEqualTo(1).isNotEqualTo(spans);
        assertThat(refused(engine)).isGreaterThanOrEqualTo(before);
        engine.close();
    }

    @Test
    void damageThatIsGoneAtTheSecondLookIsNone() throws IOException {
        StorageEngine engine = openWithCities();
        Path table = onlyTable();
        flip(table, 20);
        assertThat(refused(engine)).isPositive();
        Damage damage = only(engine);
        flip(table, 20);
        assertThat(engine.damages().spans(damage)).isEmpty();
        assertThat(engine.damages().all()).isEmpty();
        assertThat(refused(engine)).isZero();
        engine.close();
    }

    @Test
    void aTableWhoseFooterIsDamagedIsPutAsideAndItsKeysAreNotAnswered() throws IOException {
        StorageEngine engine = openWithCities();
        engine.close();
        Path table = onlyTable();
        flip(table, Files.size(table) - 5);
        assertThatThrownBy(() -> fixture.open(config(fixture, false))).isInstanceOf(CorruptDataException.class);
        assertThat(onlyTable()).as("a refused directory stays as it was").isEqualTo(table);
        requireLost();
        requireLost();
        assertThat(quarantined()).extracting(Path::getFileName).containsExactly(table.getFileName());
    }

    /** Opens the store, whose only table is lost. */
    private void requireLost() {
        StorageEngine opened = open();
        assertThat(refused(opened)).isEqualTo(CITY_COUNT);
        assertThat(opened.timestampMicrosMax()).isGreaterThanOrEqualTo(10);
        assertThatThrownBy(() -> opened.readResident(CITIES.id(), key("city1")))
                .isInstanceOf(CorruptDataException.class);
        assertThatThrownBy(() -> opened.scan(CITIES.id(), key("city1"), null)).isInstanceOf(CorruptDataException.class);
        assertThat(opened.read(CITIES.id(), Key.of(0, new byte[0])))
                .as("before the first key")
                .isNull();
        opened.close();
    }

    @Test
    void aLostTableIsAnsweredForOnceItsKeysAreRepaired() throws IOException {
        openWithCities().close();
        Files.delete(onlyTable());
        assertThatThrownBy(() -> fixture.open(config(fixture, false)))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("is missing");
        StorageEngine engine = open();
        List<KeySpan> spans = engine.damages().spans(only(engine));
        assertThat(spans).hasSize(1);
        assertThat(write(engine, "city1", cell("new", 11)).written).isTrue();
        assertThat(text(engine, "city1")).as("newer than all that is lost").isEqualTo("new");
        assertThat(write(engine, "city2", cell("old", 9)).failure).isInstanceOf(CorruptDataException.class);
        for (int i = 0; i < CITY_COUNT; i++) {
            write(engine, "city" + i, cell(FILLER + i, i == 1 ? 12 : 10));
        }
        assertThat(engine.damages().replace(only(engine), spans)).isTrue();
        assertThat(refused(engine)).isZero();
        engine.close();
        StorageEngine reopened = fixture.open(config(fixture, false));
        assertThat(refused(reopened)).isZero();
        reopened.close();
    }

    @Test
    void aLostTableIsForgottenWithThePartitionsThatItCanHaveHeld() throws IOException {
        openWithCities().close();
        Files.delete(onlyTable());
        StorageEngine engine = open();
        engine.dropPartitions(1, 15);
        assertThat(engine.damages().all()).as("it may have held partition 0").hasSize(1);
        engine.dropPartitions(0, 15);
        assertThat(engine.damages().all()).isEmpty();
        assertThat(text(engine, "city1")).isNull();
        engine.close();
        StorageEngine reopened = fixture.open(config(fixture, false));
        assertThat(reopened.damages().all()).isEmpty();
        reopened.close();
    }

    @Test
    void aSnapshotOfAStoreWithALostTableAnswersItsKeysNoMoreThanTheStoreDoes() throws IOException {
        openWithCities().close();
        Files.delete(onlyTable());
        StorageEngine engine = open();
        write(engine, "oslo", cell("elsewhere", 20));
        Path snapshot = engine.copies().snapshots().take("one", Addition.NONE);
        engine.close();
        fixture = new StorageFixture(snapshot);
        StorageEngine opened = open();
        assertThat(refused(opened)).isEqualTo(CITY_COUNT);
        assertThat(text(opened, "oslo")).isEqualTo("elsewhere");
        opened.close();
    }

    @Test
    void ofATableOfWhichNothingIsKnownAllKeysAreLost() throws IOException {
        StorageFixture.copy(Path.of("src/test/resources/io/kvmesh/storage/golden-3"), fixture.directory);
        Files.delete(onlyTable());
        StorageEngine engine = open();
        assertThat(engine.damages().spans(only(engine))).containsExactly(KeySpan.ALL);
        assertThatThrownBy(() -> engine.read(CITIES.id(), key("nowhere"))).isInstanceOf(CorruptDataException.class);
        engine.close();
    }

    @Test
    void aFailureAtAnyCallOfAReplacementLosesNothing() throws IOException {
        StorageEngine engine = openWithCities();
        engine.close();
        Path table = onlyTable();
        flip(table, 20);
        boolean failing = true;
        int calls = 0;
        for (; failing; calls++) {
            failing = failsReplacement(temporary.resolve("at" + calls), calls);
        }
        assertThat(calls).isGreaterThan(10);
    }

    private boolean failsReplacement(Path directory, int call) throws IOException {
        StorageFixture copy = fixture.crashed(directory);
        StorageEngine engine = copy.open(config(copy, true));
        assertThat(refused(engine)).isPositive();
        Damage damage = only(engine);
        List<KeySpan> spans = engine.damages().spans(damage);
        writeCities(engine);
        copy.files.failAfter(call);
        boolean failed = false;
        try {
            assertThat(engine.damages().replace(damage, spans)).isTrue();
        } catch (KvException e) {
            failed = true;
            assertThat(e).hasMessageContaining("No space left on device");
        }
        engine.close();
        copy.files.heal();
        StorageEngine reopened = copy.open(config(copy, true));
        // The fetched cells are in the log, or in tables: what was acknowledged is read, or refused.
        int refused = refused(reopened);
        assertThat(failed || refused == 0).isTrue();
        reopened.close();
        return failed;
    }

    @Test
    void aClosedStoreRepairsNothing() throws IOException {
        StorageEngine engine = openWithCities();
        flip(onlyTable(), 20);
        assertThat(refused(engine)).isPositive();
        Damage damage = only(engine);
        engine.close();
        assertThatThrownBy(() -> engine.damages().spans(damage)).isInstanceOf(StoreClosedException.class);
        assertThatThrownBy(() -> engine.damages().replace(damage, List.of())).isInstanceOf(StoreClosedException.class);
    }

    @Test
    void filesThatNobodyNamesAreNoDamage() throws IOException {
        StorageEngine engine = openWithCities();
        engine.close();
        Path table = onlyTable();
        Files.writeString(table.resolveSibling("0000000090.sst"), "the rest of a flush");
        Files.writeString(table.resolveSibling("0000000091.sst.tmp"), "the rest of a merge");
        for (String directory : List.of("tables", "log", ".")) {
            Files.writeString(fixture.directory.resolve(directory).resolve("notes.txt"), "of a person");
        }
        StorageEngine reopened = fixture.open(config(fixture, false));
        assertThat(refused(reopened)).isZero();
        assertThat(reopened.damages().all()).isEmpty();
        write(reopened, "oslo", cell("1", 11));
        reopened.flush();
        reopened.close();
        assertThat(filesIn(fixture.directory.resolve("tables")))
                .extracting(file -> file.getFileName().toString())
                .containsExactly(table.getFileName().toString(), "0000000091.sst", "notes.txt");
        assertThat(quarantined()).isEmpty();
    }

    @Test
    void whatMayBeTheTableThatTheManifestForgotIsKept() throws IOException {
        openWithCities().close();
        Path table = onlyTable();
        Files.move(table, table.resolveSibling("0000000090.sst"));
        StorageEngine engine = open();
        assertThat(engine.damages().all()).hasSize(1);
        assertThat(quarantined())
                .extracting(file -> file.getFileName().toString())
                .containsExactly("0000000090.sst");
        engine.close();
    }

    @Test
    void withoutRoomForItsReplacementADamagedTableStays() throws IOException {
        StorageEngine engine = openWithCities();
        flip(onlyTable(), 20);
        List<KeySpan> spans = damageOf(engine);
        fixture.files.limitUsable(1_000);
        assertThatThrownBy(() -> engine.damages().replace(only(engine), spans))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("only 1000 are left");
        assertThat(engine.readOnlyReason()).isEmpty();
        fixture.files.limitUsable(Long.MAX_VALUE);
        writeCities(engine);
        assertThat(engine.damages().replace(only(engine), spans)).isTrue();
        assertThat(refused(engine)).isZero();
        engine.close();
    }

    @Test
    void onlySoManyDamagedFilesAreKept() throws IOException {
        Quarantine quarantine = new Quarantine(fixture.files, temporary);
        for (int i = 10; i < 10 + Quarantine.FILES_MAX + 2; i++) {
            quarantine.take(Files.writeString(temporary.resolve("table" + i), "damaged"));
        }
        assertThat(filesIn(quarantine.directory()))
                .hasSize(Quarantine.FILES_MAX)
                .extracting(path -> path.getFileName().toString())
                .contains("table12", "table27")
                .doesNotContain("table11");
    }
}
