package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.text;
import static io.kvmesh.storage.StorageFixture.tombstone;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kvmesh.api.Compaction;
import io.kvmesh.api.Durability;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.StoreException;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.SystemClock;
import io.kvmesh.storage.Snapshots.Addition;
import io.kvmesh.storage.StorageFixture.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotsTest {
    private static final MapDescriptor RIVERS = MapDescriptor.of("rivers", "string/1", "string/1");

    @TempDir
    Path temporary;

    private StorageFixture fixture;

    @BeforeEach
    void newStore() {
        fixture = new StorageFixture(temporary.resolve("store"));
    }

    private static StorageFixture on(Path directory) {
        return new StorageFixture(directory);
    }

    @Test
    void aSnapshotHoldsWhatWasWrittenBeforeAndOpensAsTheSameMember() {
        StorageEngine engine = fixture.open();
        engine.createMap(RIVERS);
        engine.chooseCompaction(RIVERS.id(), Compaction.timeWindow(Duration.ofHours(1)));
        write(engine, "paris", cell("in a table", 10));
        engine.flush();
        write(engine, "oslo", cell("in the memtable", 20));
        write(engine, "paris", tombstone(30));
        write(engine, "rome", cell("kept", 40));
        Path directory = engine.copies().snapshots().take("one", Addition.NONE);
        write(engine, "oslo", cell("later", 50));
        write(engine, "bern", cell("later", 60));
        engine.flush();
        assertThat(engine.copies().snapshots().names()).containsExactly("one");
        assertThat(directory).isEqualTo(fixture.directory.resolve("snapshots/one"));

        StorageFixture copied = on(directory);
        StorageEngine opened = copied.open();
        assertThat(opened.nodeId()).isEqualTo(engine.nodeId());
        assertThat(opened.generation()).isEqualTo(engine.generation() + 1);
        assertThat(opened.maps()).containsExactlyInAnyOrder(CITIES, RIVERS);
        assertThat(text(opened, "oslo")).isEqualTo("in the memtable");
        assertThat(opened.read(CITIES.id(), StorageFixture.key("paris"))).isEqualTo(tombstone(30));
        assertThat(text(opened, "rome")).isEqualTo("kept");
        assertThat(text(opened, "bern")).isNull();
        write(opened, "oslo", cell("written in the snapshot", 70));
        opened.close();
        opened = copied.open();
        assertThat(text(opened, "oslo")).isEqualTo("written in the snapshot");
        opened.close();
        assertThat(text(engine, "oslo")).isEqualTo("later");
        engine.close();
    }

    @Test
    void tablesAreLinkedAndStayWhenTheStoreDropsThem() throws IOException {
        StorageEngine engine = fixture.open();
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 8; i++) {
                write(engine, "city" + i, cell("v" + i + " of round " + round, 10 + round));
            }
            engine.flush();
        }
        Path directory = engine.copies().snapshots().take("one", Addition.NONE);
        List<Path> linked;
        try (var files = Files.list(directory.resolve("tables"))) {
            linked = files.sorted().toList();
        }
        assertThat(linked).hasSize((int) engine.info().disk().sstableCount());
        for (Path table : linked) {
            assertThat(Files.isSameFile(
                            table,
                            fixture.directory
                                    .resolve("tables")
                                    .resolve(table.getFileName().toString())))
                    .isTrue();
        }
        fixture.scheduler.runAll();
        assertThat(engine.info().compactions().finishedCount()).isPositive();
        engine.close();
        StorageEngine opened = on(directory).open();
        for (int i = 0; i < 8; i++) {
            assertThat(text(opened, "city" + i)).isEqualTo("v" + i + " of round 3");
        }
        opened.close();
    }

    @Test
    void anEmptyStoreHasASnapshotToo() {
        StorageEngine engine = StorageEngine.open(
                fixture.config(), fixture.files, new SystemClock(), new ManualScheduler(), RandomSource.seeded(3));
        Path directory = engine.copies().snapshots().take("empty", Addition.NONE);
        engine.close();
        StorageEngine opened = on(directory).open();
        assertThat(opened.maps()).containsExactly(CITIES);
        assertThat(text(opened, "paris")).isNull();
        opened.close();
    }

    @Test
    void namesAreCheckedAndTakenOnce() {
        StorageEngine engine = fixture.open();
        Snapshots snapshots = engine.copies().snapshots();
        for (String name : List.of("", ".", "..", ".hidden", "a/b", "a\\b", "a b", "x".repeat(65))) {
            assertThatThrownBy(() -> snapshots.take(name, Addition.NONE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + name + "'");
            assertThatThrownBy(() -> snapshots.delete(name)).isInstanceOf(IllegalArgumentException.class);
        }
        snapshots.take("x".repeat(64), Addition.NONE);
        snapshots.take("2026-11-23_a.b", Addition.NONE);
        assertThatThrownBy(() -> snapshots.take("2026-11-23_a.b", Addition.NONE))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("there is a snapshot '2026-11-23_a.b'");
        assertThat(snapshots.names()).containsExactly("2026-11-23_a.b", "x".repeat(64));
        snapshots.delete("x".repeat(64));
        assertThatThrownBy(() -> snapshots.delete("x".repeat(64)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("only [2026-11-23_a.b]");
        assertThat(fixture.directory.resolve("snapshots").resolve("x".repeat(64)))
                .doesNotExist();
        engine.close();
        assertThatThrownBy(() -> snapshots.take("late", Addition.NONE)).isInstanceOf(StoreClosedException.class);
        assertThatThrownBy(snapshots::names).isInstanceOf(StoreClosedException.class);
    }

    @Test
    void anUnfinishedSnapshotIsNotListedAndTheNextOpeningDeletesIt() throws IOException {
        StorageEngine engine = fixture.open();
        write(engine, "paris", cell("a", 10));
        Path directory = engine.copies().snapshots().take("one", Addition.NONE);
        Files.delete(directory.resolve("CURRENT"));
        assertThat(engine.copies().snapshots().names()).isEmpty();
        engine.close();
        engine = fixture.open();
        assertThat(directory).doesNotExist();
        assertThat(text(engine, "paris")).isEqualTo("a");
        engine.close();
    }

    @Test
    void aSnapshotThatFailsLeavesNothingAndTheStoreGoesOn() {
        StorageEngine engine = fixture.open();
        write(engine, "paris", cell("a", 10));
        engine.flush();
        int callsBefore = fixture.files.calls().size();
        engine.copies().snapshots().take("whole", Addition.NONE);
        int calls = fixture.files.calls().size() - callsBefore;
        assertThat(calls).isGreaterThan(10);
        for (int failing = 0; failing < calls; failing++) {
            fixture.files.failAfter(failing);
            assertThatThrownBy(() -> engine.copies().snapshots().take("broken", Addition.NONE))
                    .as("failing at call %s", failing)
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("No space left on device");
            fixture.files.heal();
            assertThat(engine.copies().snapshots().names()).containsExactly("whole");
        }
        assertThat(engine.readOnlyReason()).isEmpty();
        engine.copies().snapshots().take("broken", Addition.NONE);
        assertThat(engine.copies().snapshots().names()).containsExactly("broken", "whole");
        engine.close();
    }

    @Test
    void anAdditionThatFailsEndsTheSnapshot() {
        StorageEngine engine = fixture.open();
        Addition failing = directory -> {
            throw new IOException("the addition failed");
        };
        assertThatThrownBy(() -> engine.copies().snapshots().take("one", failing))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("the addition failed");
        assertThat(fixture.directory.resolve("snapshots/one")).doesNotExist();
        engine.close();
    }

    /** Writers write to two maps in turn; each snapshot must hold a prefix of that, across both. */
    @Test
    void whatIsWrittenMeanwhileIsThereUpToSomeMoment() throws InterruptedException {
        StorageConfig small = fixture.config(Durability.PERIODIC, 64 * 1024, 64 * 1024);
        ThreadedStore store = new ThreadedStore(fixture.directory, small);
        StorageEngine engine = store.engine();
        engine.createMap(CITIES);
        engine.createMap(RIVERS);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger acknowledged = new AtomicInteger();
        Thread writer = new Thread(() -> {
            for (int i = 1; !stop.get(); i++) {
                Result result;
                MapDescriptor map = i % 2 == 0 ? CITIES : RIVERS;
                do {
                    result = new Result();
                    engine.write(
                            new Mutation(map.id(), StorageFixture.key("k" + i), cell("v" + i + "x".repeat(1_000), i)),
                            result);
                } while (result.failure != null);
                acknowledged.set(i);
            }
        });
        writer.start();
        int[] before = new int[3];
        for (int n = 0; n < before.length; n++) {
            int wanted = acknowledged.get() + 500;
            await().until(() -> acknowledged.get() >= wanted);
            before[n] = acknowledged.get();
            engine.copies().snapshots().take("s" + n, Addition.NONE);
        }
        stop.set(true);
        writer.join();
        store.close();
        for (int n = 0; n < before.length; n++) {
            StorageEngine opened =
                    on(fixture.directory.resolve("snapshots/s" + n)).open();
            opened.createMap(RIVERS);
            int present = 0;
            for (int i = 1; i <= acknowledged.get() + 1; i++) {
                MapDescriptor map = i % 2 == 0 ? CITIES : RIVERS;
                boolean found = opened.read(map.id(), StorageFixture.key("k" + i)) != null;
                assertThat(found && present < i - 1)
                        .as("a gap before write %s", i)
                        .isFalse();
                present = found ? i : present;
            }
            assertThat(present).isGreaterThanOrEqualTo(before[n]);
            opened.close();
        }
    }
}
