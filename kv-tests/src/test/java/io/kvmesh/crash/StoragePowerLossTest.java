package io.kvmesh.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.Compression;
import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.CellCursor;
import io.kvmesh.storage.StorageConfig;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.WriteCallback;
import io.kvmesh.storage.sstable.TableOptions;
import io.kvmesh.testkit.CrashKind;
import io.kvmesh.testkit.IoOperation;
import io.kvmesh.testkit.MemberCrashedError;
import io.kvmesh.testkit.SimDisk;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lets the storage engine live several lives on one simulated disk, each ended at a random disk call by a killed process
 * or a cut of the power. Whatever the durability setting promises is there in the next life, and nothing that was never
 * written.
 */
class StoragePowerLossTest {
    private static final int SEEDS = 150;
    private static final int LIVES = 12;
    private static final int STEPS_PER_LIFE = 300;
    private static final int KEYS = 60;
    /** More than an opening and the creation of a map take. */
    private static final int FIRST_LIFE_CALLS_MAX = 60;

    private static final MapDescriptor MAP = MapDescriptor.of("cities", "string/1", "string/1");

    @ParameterizedTest
    @EnumSource(Durability.class)
    void whatIsPromisedSurvivesKillsAndPowerCuts(Durability durability) {
        long recycledSegments = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            Story story = new Story(seed, durability);
            try {
                story.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("failed with seed " + seed + " and " + durability, e);
            }
            recycledSegments += story.disk.faults().calls(IoOperation.OPEN_SEGMENT);
        }
        assertThat(recycledSegments).as("recycled segments of the log").isGreaterThan(SEEDS);
    }

    /** A kill leaves unsynced bytes and names behind; what comes after must not rest on them. */
    @Test
    void anOrderlyCloseAfterAKillIsDurable() {
        for (long seed = 1; seed <= SEEDS / 5; seed++) {
            for (int calls = 1; calls < FIRST_LIFE_CALLS_MAX; calls++) {
                Story story = new Story(seed, Durability.PERIODIC);
                story.writeUntilKilled(calls);
                story.openAndClose();
                story.disk.losePower();
                story.openAndClose();
            }
        }
    }

    /** All lives of one store. */
    private static final class Story {
        private final RandomSource random;
        private final Durability durability;
        private final SimDisk disk;
        /** What must survive a kill, and what must survive a loss of power: the least version of each key. */
        private final TreeMap<Key, Version> acknowledged = new TreeMap<>();

        private final TreeMap<Key, Version> durable = new TreeMap<>();
        private final Map<Version, Cell> written = new HashMap<>();
        private long stamp;
        private long generation;
        private int bloomBitsChosen = TableOptions.BLOOM_BITS_PER_KEY_DEFAULT;
        private int bloomBitsAsked = bloomBitsChosen;

        Story(long seed, Durability durability) {
            this.random = RandomSource.seeded(seed);
            this.durability = durability;
            this.disk = new SimDisk(random.split());
            disk.createStableDirectory(Path.of("/sim"));
        }

        void run() {
            for (int life = 0; life < LIVES; life++) {
                CrashKind end = random.chance(0.7) ? CrashKind.POWER_LOSS : CrashKind.KILL;
                if (!endsInSomeCall(end)) {
                    endNow(end);
                }
                disk.faults().clear();
                if (end == CrashKind.POWER_LOSS) {
                    acknowledged.clear();
                    acknowledged.putAll(durable);
                }
            }
        }

        private void endNow(CrashKind end) {
            switch (end) {
                case KILL -> disk.crashProcess();
                case POWER_LOSS -> disk.losePower();
            }
        }

        /** Lives a life, and yields whether it ended in the middle of a call. */
        private boolean endsInSomeCall(CrashKind end) {
            long calls = 1L + (random.chance(0.3) ? random.nextInt(40) : random.nextInt(600));
            disk.faults().crashAt(disk.faults().calls() + calls, end);
            try {
                live();
                return false;
            } catch (MemberCrashedError e) {
                assertThat(e).as("a life ended").hasMessageContaining("crashed in");
                return true;
            }
        }

        /** A life that ends at one of its first calls, or else after one write. */
        void writeUntilKilled(int calls) {
            disk.faults().crashAt(calls, CrashKind.KILL);
            try {
                StorageEngine engine = open(new Lanes());
                engine.createMap(MAP);
                disk.faults().clear();
                write(engine);
            } catch (MemberCrashedError e) {
                assertThat(acknowledged).isEmpty();
            }
            disk.faults().clear();
            disk.crashProcess();
        }

        /** A life in which nothing fails. */
        void openAndClose() {
            StorageEngine engine = open(new Lanes());
            engine.createMap(MAP);
            verify(engine);
            write(engine);
            engine.close();
        }

        private StorageEngine open(Lanes lanes) {
            return StorageEngine.open(config(), disk.mount(), new StillClock(), lanes, random.split());
        }

        private void live() {
            Lanes lanes = new Lanes();
            StorageEngine engine = open(lanes);
            assertThat(engine.generation()).isGreaterThan(generation);
            generation = engine.generation();
            assertThat(engine.map(MAP.id()) != null || acknowledged.isEmpty())
                    .as("the map is there")
                    .isTrue();
            engine.createMap(MAP);
            assertThat(engine.tableOptions(MAP.id()).bloomBitsPerKey())
                    .as("what was chosen for tables, or was about to be")
                    .isIn(bloomBitsChosen, bloomBitsAsked);
            bloomBitsChosen = engine.tableOptions(MAP.id()).bloomBitsPerKey();
            verify(engine);
            boolean open = true;
            for (int step = 0; step < STEPS_PER_LIFE && open; step++) {
                open = step(engine, lanes);
            }
        }

        private StorageConfig config() {
            return new StorageConfig(
                    Path.of("/sim/store"),
                    16,
                    durability,
                    1_000,
                    random.chance(0.5) ? 3_000 : 1024 * 1024,
                    2048 << random.nextInt(3),
                    256,
                    random.chance(0.5) ? 0 : 100_000);
        }

        private void verify(StorageEngine engine) {
            acknowledged.forEach((key, version) -> {
                Cell found = engine.read(MAP.id(), key);
                assertThat(found).as("key %s, acknowledged at %s", key, version).isNotNull();
                assertThat(found.version()).as("key %s", key).isGreaterThanOrEqualTo(version);
            });
            TreeMap<Key, Cell> scanned = new TreeMap<>();
            try (CellCursor cursor = engine.scan(MAP.id(), Key.of(0, new byte[0]), null)) {
                while (cursor.next()) {
                    assertThat(cursor.cell())
                            .isEqualTo(written.get(cursor.cell().version()));
                    scanned.put(cursor.key(), cursor.cell());
                }
            }
            verifyOtherReads(engine, scanned);
        }

        /** All ways of reading tell the same. */
        private static void verifyOtherReads(StorageEngine engine, NavigableMap<Key, Cell> scanned) {
            List<Key> keys = List.copyOf(scanned.descendingKeySet());
            assertThat(engine.readAll(MAP.id(), keys))
                    .containsExactlyElementsOf(scanned.descendingMap().values());
            List<Key> reverse = new ArrayList<>();
            try (CellCursor cursor = engine.scanReverse(MAP.id(), Key.of(0, new byte[0]), null)) {
                while (cursor.next()) {
                    reverse.add(cursor.key());
                    Cell expected = scanned.get(cursor.key());
                    assertThat(cursor.cell()).isEqualTo(expected);
                    assertThat(engine.readVersion(MAP.id(), cursor.key()))
                            .isEqualTo(cursor.cell().version());
                }
            }
            assertThat(reverse).isEqualTo(keys);
        }

        private boolean step(StorageEngine engine, Lanes lanes) {
            int choice = random.nextInt(1_000);
            if (choice < 700) {
                write(engine);
            } else if (choice < 900) {
                lanes.runOffered();
            } else if (choice < 950) {
                lanes.runDelayed();
            } else if (choice < 960) {
                engine.flush();
                durable.putAll(acknowledged);
            } else if (choice < 962) {
                chooseTables(engine);
            } else if (choice < 964) {
                engine.close();
                durable.putAll(acknowledged);
                return false;
            }
            return true;
        }

        private void chooseTables(StorageEngine engine) {
            bloomBitsAsked = 1 + random.nextInt(20);
            Compression compression = random.chance(0.5) ? Compression.NONE : Compression.LZ4;
            engine.chooseTables(MAP.id(), Optional.of(compression), OptionalInt.of(bloomBitsAsked));
            bloomBitsChosen = bloomBitsAsked;
        }

        private void write(StorageEngine engine) {
            Key key = key(random.nextInt(KEYS));
            Version version = new Version(++stamp, new NodeId(1));
            byte[] value = new byte[random.nextInt(80)];
            Cell cell = random.chance(0.1) ? Cell.tombstone(version) : Cell.of(value, version);
            written.put(version, cell);
            engine.write(new Mutation(MAP.id(), key, cell), new WriteCallback() {
                @Override
                public void onWritten(@Nullable Version newer) {
                    acknowledged.merge(key, version, Story::later);
                    if (durability == Durability.SYNC) {
                        durable.merge(key, version, Story::later);
                    }
                }

                @Override
                public void onFailed(KvException reason) {
                    assertThat(reason).isInstanceOf(OverloadedException.class);
                }
            });
        }

        private static Version later(Version first, Version second) {
            return first.isNewerThan(second) ? first : second;
        }

        private static Key key(int number) {
            return Key.of(number % 16, new byte[] {(byte) number});
        }
    }

    /** Tasks that run one at a time, when the story says so. */
    private static final class Lanes implements Scheduler {
        private final Queue<Runnable> offered = new ArrayDeque<>();
        private final List<Runnable> delayed = new ArrayList<>();

        @Override
        public boolean offer(Lane lane, Runnable task) {
            return offered.add(task);
        }

        @Override
        public Cancellable schedule(Lane lane, long delayNanos, Runnable task) {
            delayed.add(task);
            return () -> delayed.remove(task);
        }

        void runOffered() {
            Runnable task = offered.poll();
            if (task != null) {
                task.run();
            }
        }

        void runDelayed() {
            if (!delayed.isEmpty()) {
                delayed.remove(0).run();
            }
        }

        @Override
        public void close() {
            offered.clear();
            delayed.clear();
        }
    }

    private static final class StillClock implements Clock {
        @Override
        public long wallMicros() {
            return 1;
        }

        @Override
        public long monotonicNanos() {
            return 1;
        }
    }
}
