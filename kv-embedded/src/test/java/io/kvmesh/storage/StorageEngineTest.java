package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.NODE;
import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.key;
import static io.kvmesh.storage.StorageFixture.text;
import static io.kvmesh.storage.StorageFixture.tombstone;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.DirectoryLockedException;
import io.kvmesh.api.Durability;
import io.kvmesh.api.MapSpecMismatchException;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.StoreException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.storage.StorageFixture.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageEngineTest {
    @TempDir
    Path temporary;

    private StorageFixture fixture() {
        return new StorageFixture(temporary.resolve("store"));
    }

    @Test
    void writtenCellsAreReadFromMemtableTableAndAfterReopening() {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open();
        assertThat(write(engine, "oslo", cell("1", 10)).written).isTrue();
        assertThat(text(engine, "oslo")).isEqualTo("1");
        engine.flush();
        assertThat(text(engine, "oslo")).isEqualTo("1");
        write(engine, "oslo", cell("2", 20));
        write(engine, "rome", cell("3", 30));
        engine.close();

        StorageEngine reopened = fixture.open();
        assertThat(text(reopened, "oslo")).isEqualTo("2");
        assertThat(text(reopened, "rome")).isEqualTo("3");
        assertThat(text(reopened, "bern")).isNull();
        assertThat(reopened.timestampMicrosMax()).isEqualTo(30);
        assertThat(reopened.maps()).containsExactly(CITIES);
        reopened.close();
    }

    @Test
    void identityStaysAndGenerationGrows() {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open();
        NodeId node = engine.nodeId();
        long generation = engine.generation();
        engine.close();
        StorageEngine reopened = fixture.open();
        assertThat(reopened.nodeId()).isEqualTo(node);
        assertThat(reopened.generation()).isEqualTo(generation + 1);
        reopened.close();
    }

    @Test
    void theNewerVersionWinsWhereverItIs() {
        StorageEngine engine = fixture().open();
        assertThat(write(engine, "oslo", cell("new", 100)).newer).isNull();
        assertThat(write(engine, "oslo", cell("old", 50)).newer).isEqualTo(new Version(100, NODE));
        assertThat(text(engine, "oslo")).isEqualTo("new");
        engine.flush();
        assertThat(write(engine, "oslo", cell("older", 60)).newer).isEqualTo(new Version(100, NODE));
        assertThat(text(engine, "oslo")).isEqualTo("new");
        engine.flush();
        assertThat(text(engine, "oslo")).isEqualTo("new");
        assertThat(write(engine, "oslo", tombstone(100)).newer).isNull();
        assertThat(text(engine, "oslo")).isNull();
        engine.close();
    }

    @Test
    void tombstonesHideOlderTablesAndSurvive() {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open();
        write(engine, "oslo", cell("1", 10));
        engine.flush();
        write(engine, "oslo", tombstone(20));
        engine.flush();
        engine.close();
        StorageEngine reopened = fixture.open();
        assertThat(reopened.read(CITIES.id(), key("oslo"))).isEqualTo(tombstone(20));
        reopened.close();
    }

    @Test
    void expiryAndOriginRoundTripThroughLogAndTable() {
        StorageFixture fixture = fixture();
        Cell expiring = Cell.expiring(new byte[] {1, 2}, new Version(5, new NodeId(-3)), 99);
        Cell plain = Cell.of(new byte[0], new Version(6, new NodeId(0)));
        StorageEngine engine = fixture.open();
        write(engine, "oslo", expiring);
        write(engine, "rome", plain);
        engine.close();
        StorageEngine reopened = fixture.open();
        assertThat(reopened.read(CITIES.id(), key("oslo"))).isEqualTo(expiring);
        reopened.flush();
        assertThat(reopened.read(CITIES.id(), key("oslo"))).isEqualTo(expiring);
        assertThat(reopened.read(CITIES.id(), key("rome"))).isEqualTo(plain);
        reopened.close();
    }

    @Test
    void aResidentReadTellsWhenItNeedsTheDisk() {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open();
        write(engine, "oslo", cell("1", 10));
        assertThat(engine.readResident(CITIES.id(), key("oslo"))).isEqualTo(cell("1", 10));
        engine.flush();
        assertThat(engine.readResident(CITIES.id(), key("oslo"))).isSameAs(StorageEngine.NEEDS_DISK);
        assertThat(text(engine, "oslo")).isEqualTo("1");
        assertThat(engine.readResident(CITIES.id(), key("oslo"))).isEqualTo(cell("1", 10));
        assertThat(engine.readResident(CITIES.id(), key("rome"))).isNull();
        engine.close();
    }

    @Test
    void aScanMergesMemtablesAndTablesInOrder() {
        StorageEngine engine = fixture().open();
        for (int i = 0; i < 300; i++) {
            write(engine, "city" + i, cell("first", 10));
        }
        engine.flush();
        for (int i = 0; i < 300; i += 3) {
            write(engine, "city" + i, cell("second", 20));
        }
        engine.flush();
        for (int i = 0; i < 300; i += 5) {
            write(engine, "city" + i, tombstone(30));
        }
        List<Key> seen = new ArrayList<>();
        try (CellCursor cursor = engine.scan(CITIES.id(), Key.of(0, new byte[0]), null)) {
            while (cursor.next()) {
                seen.add(cursor.key());
                int number = Integer.parseInt(new String(cursor.key().userKey(), StandardCharsets.UTF_8).substring(4));
                Cell expected =
                        number % 5 == 0 ? tombstone(30) : number % 3 == 0 ? cell("second", 20) : cell("first", 10);
                assertThat(cursor.cell()).isEqualTo(expected);
            }
        }
        assertThat(seen).hasSize(300).isSorted();
        List<Key> part = new ArrayList<>();
        try (CellCursor cursor = engine.scan(CITIES.id(), seen.get(100), seen.get(200))) {
            while (cursor.next()) {
                part.add(cursor.key());
            }
        }
        assertThat(part).isEqualTo(seen.subList(100, 200));
        engine.close();
    }

    @Test
    void aSecondStoreOnTheDirectoryIsRefusedWithoutDamage() {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open();
        write(engine, "oslo", cell("1", 10));
        StorageFixture second = new StorageFixture(fixture.directory);
        assertThatThrownBy(second::open)
                .isInstanceOf(DirectoryLockedException.class)
                .hasMessageContaining(fixture.directory.toString())
                .hasMessageContaining("another store");
        write(engine, "rome", cell("2", 20));
        engine.close();
        StorageEngine reopened = second.open();
        assertThat(text(reopened, "oslo")).isEqualTo("1");
        assertThat(text(reopened, "rome")).isEqualTo("2");
        reopened.close();
    }

    @Test
    void anotherNumberOfPartitionsIsRefusedNamingBoth() {
        StorageFixture fixture = fixture();
        fixture.open().close();
        StorageConfig given = fixture.config();
        StorageConfig other = new StorageConfig(
                given.directory(),
                32,
                given.durability(),
                given.syncIntervalNanos(),
                given.memtableBytes(),
                given.logSegmentBytes(),
                given.blockBytes(),
                given.blockCacheBytes());
        assertThatThrownBy(() -> fixture.open(other))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("16")
                .hasMessageContaining("32");
        fixture.open().close();
    }

    @Test
    void aMapIsNotCreatedAgainWithOtherCodecs() {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open();
        engine.createMap(CITIES);
        MapDescriptor other = MapDescriptor.of("cities", "long/1", "string/1");
        assertThatThrownBy(() -> engine.createMap(other))
                .isInstanceOf(MapSpecMismatchException.class)
                .hasMessageContaining("long/1")
                .hasMessageContaining("string/1");
        engine.close();
        StorageEngine reopened = fixture.open();
        assertThat(reopened.map(CITIES.id())).isEqualTo(CITIES);
        assertThat(reopened.map(MapDescriptor.of("x", "y", "z").id())).isNull();
        reopened.close();
    }

    @Test
    void afterCloseEveryCallIsRefused() {
        StorageEngine engine = fixture().open();
        engine.close();
        engine.close();
        assertThatThrownBy(() -> write(engine, "oslo", cell("1", 1))).isInstanceOf(StoreClosedException.class);
        assertThatThrownBy(() -> text(engine, "oslo")).isInstanceOf(StoreClosedException.class);
        assertThatThrownBy(engine::flush).isInstanceOf(StoreClosedException.class);
        assertThatThrownBy(() -> engine.createMap(MapDescriptor.of("a", "b", "c")))
                .isInstanceOf(StoreClosedException.class);
    }

    @Test
    void aCursorOpenAtCloseDoesNotLoseItsFiles() {
        StorageEngine engine = fixture().open();
        for (int i = 0; i < 500; i++) {
            write(engine, "city" + i, cell("x".repeat(100), 10));
        }
        engine.flush();
        try (CellCursor cursor = engine.scan(CITIES.id(), Key.of(0, new byte[0]), null)) {
            assertThat(cursor.next()).isTrue();
            engine.close();
            int count = 1;
            while (cursor.next()) {
                count++;
            }
            assertThat(count).isEqualTo(500);
        }
    }

    /** Writes until a write is refused, and returns what became of the others. */
    private static List<Result> fillMemtables(StorageEngine engine) {
        List<Result> accepted = new ArrayList<>();
        while (true) {
            Result result = write(engine, "city" + accepted.size(), cell("x".repeat(1000), 10));
            if (result.failure != null) {
                assertThat(result.failure)
                        .isInstanceOf(OverloadedException.class)
                        .hasMessageContaining("memtables");
                return accepted;
            }
            accepted.add(result);
            assertThat(accepted).hasSizeLessThan(1000);
        }
    }

    @Test
    void memtablesThatAreNotFlushedSlowWritesDownAndAtLastRefuseThem() {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open(fixture.config(Durability.PERIODIC, 20_000, 1024 * 1024));
        List<Result> accepted = fillMemtables(engine);
        assertThat(accepted).hasSizeBetween(60, 80);
        assertThat(accepted.subList(0, 36)).as("up to twice the budget").allMatch(result -> result.written);
        long stalled = accepted.stream().filter(result -> !result.written).count();
        assertThat(stalled).isPositive();
        assertThat(engine.info().writes().stalledCount()).isEqualTo(stalled);
        assertThat(engine.info().memory().memtableBytes()).isBetween(80_000L, 82_000L);
        fixture.scheduler.runOffered();
        assertThat(write(engine, "more", cell("y", 11)).written).isTrue();
        assertThat(engine.info().writes().flushCount()).isBetween(2L, 4L);
        fixture.scheduler.runAll();
        assertThat(accepted).allMatch(result -> result.written);
        assertThat(engine.info().writes().stallNanos()).isPositive();
        engine.close();
    }

    @Test
    void writesThatAreHeldBackAreAcknowledgedByAClose() {
        for (Durability durability : Durability.values()) {
            StorageFixture fixture = new StorageFixture(temporary.resolve(durability.name()));
            StorageEngine engine = fixture.open(fixture.config(durability, 20_000, 1024 * 1024));
            List<Result> accepted = fillMemtables(engine);
            assertThat(accepted).anyMatch(result -> !result.written);
            engine.close();
            assertThat(accepted).allMatch(result -> result.written && result.calls.get() == 1);
        }
    }

    @Test
    void allMapsShareOneBudgetAndTheLargestMemtableIsFlushed() {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open(fixture.config(Durability.PERIODIC, 10_000, 1024 * 1024));
        List<MapDescriptor> maps = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            maps.add(MapDescriptor.of("map" + i, "string/1", "string/1"));
            engine.createMap(maps.get(i));
        }
        Result result = new Result();
        for (int i = 0; i < 400; i++) {
            // Half of the writes go to one map.
            MapDescriptor map = i % 2 == 0 ? maps.get(3) : maps.get(i % 20);
            engine.write(new Mutation(map.id(), key("k" + i), cell("x".repeat(500), 10 + i)), result);
            fixture.scheduler.runAll();
            assertThat(engine.info().memory().memtableBytes()).isLessThan(11_000);
        }
        assertThat(result.failure).isNull();
        assertThat(engine.info().writes().flushCount()).isBetween(20L, 150L);
        for (int i = 0; i < 400; i++) {
            MapDescriptor map = i % 2 == 0 ? maps.get(3) : maps.get(i % 20);
            assertThat(engine.read(map.id(), key("k" + i))).isEqualTo(cell("x".repeat(500), 10 + i));
        }
        engine.close();
    }

    @Test
    void flushedSegmentsOfTheLogAreDropped() throws IOException {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open(fixture.config(Durability.PERIODIC, 50_000, 16_384));
        for (int i = 0; i < 400; i++) {
            write(engine, "city" + i, cell("x".repeat(1000), 10 + i));
            fixture.scheduler.runAll();
        }
        try (Stream<Path> segments = Files.list(fixture.directory.resolve("log"))) {
            assertThat(segments.count()).isLessThan(10);
        }
        engine.close();
        StorageEngine reopened = fixture.open();
        for (int i = 0; i < 400; i++) {
            assertThat(text(reopened, "city" + i)).hasSize(1000);
        }
        reopened.close();
    }

    @Test
    void aMapThatIsRarelyWrittenDoesNotKeepTheWholeLog() {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open(fixture.config(Durability.PERIODIC, 50_000, 16_384));
        MapDescriptor rare = MapDescriptor.of("rare", "string/1", "string/1");
        engine.createMap(rare);
        engine.write(new Mutation(rare.id(), key("oslo"), cell("1", 10)), new Result());
        for (int i = 0; i < 2_000; i++) {
            write(engine, "city" + i, cell("x".repeat(1000), 10 + i));
            fixture.scheduler.runOffered();
        }
        assertThat(engine.info().disk().logBytes()).isLessThan(400_000);
        assertThat(engine.read(rare.id(), key("oslo"))).isEqualTo(cell("1", 10));
        engine.close();
    }

    @Test
    void aMissingTableIsReported() throws IOException {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open();
        write(engine, "oslo", cell("1", 10));
        engine.flush();
        engine.close();
        Path table = fixture.directory.resolve("tables").resolve("0000000001.sst");
        Files.delete(table);
        assertThatThrownBy(fixture::open)
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(table.toString());
    }

    @Test
    void aMissingLogIsReported() throws IOException {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open();
        write(engine, "oslo", cell("1", 10));
        engine.close();
        Path segment = fixture.directory.resolve("log").resolve("0000000001.seg");
        Files.delete(segment);
        assertThatThrownBy(fixture::open)
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(segment.toString());
    }

    @Test
    void leftoversOfAFlushAreRemoved() throws IOException {
        StorageFixture fixture = fixture();
        fixture.open().close();
        Path tables = fixture.directory.resolve("tables");
        Files.write(tables.resolve("0000000007.sst.tmp"), new byte[10]);
        Files.write(tables.resolve("0000000008.sst"), new byte[10]);
        StorageEngine engine = fixture.open();
        write(engine, "oslo", cell("1", 10));
        engine.flush();
        try (Stream<Path> left = Files.list(tables)) {
            assertThat(left.map(path -> path.getFileName().toString())).containsExactly("0000000009.sst");
        }
        engine.close();
    }

    @Test
    void dataWithoutTheFileThatNamesTheManifestIsNotTakenForAnEmptyDirectory() throws IOException {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open();
        write(engine, "oslo", cell("1", 10));
        engine.close();
        Files.delete(fixture.directory.resolve("CURRENT"));
        assertThatThrownBy(fixture::open)
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("CURRENT");
    }

    @Test
    void anIdleStoreHasNoTimer() {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open();
        fixture.scheduler.runAll();
        assertThat(fixture.scheduler.delayedTasks()).isZero();
        write(engine, "oslo", cell("1", 10));
        write(engine, "oslo", cell("2", 20));
        assertThat(fixture.scheduler.delayedTasks()).isEqualTo(1);
        fixture.scheduler.runAll();
        assertThat(fixture.scheduler.delayedTasks()).isZero();
        engine.close();
    }

    @Test
    void aRecordLargerThanASegmentIsTaken() {
        StorageFixture fixture = fixture();
        StorageEngine engine = fixture.open(fixture.config(Durability.PERIODIC, 64 * 1024 * 1024, 4096));
        String large = "x".repeat(100_000);
        write(engine, "small", cell("1", 10));
        write(engine, "large", cell(large, 20));
        write(engine, "after", cell("2", 30));
        engine.close();
        StorageEngine reopened = fixture.open();
        assertThat(text(reopened, "small")).isEqualTo("1");
        assertThat(text(reopened, "large")).isEqualTo(large);
        assertThat(text(reopened, "after")).isEqualTo("2");
        reopened.close();
    }
}
