package io.kvmesh.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.storage.Snapshots.Addition;
import io.kvmesh.storage.StorageConfig;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.StoreRestore;
import io.kvmesh.storage.WriteCallback;
import io.kvmesh.storage.backup.BackupId;
import io.kvmesh.testkit.CrashKind;
import io.kvmesh.testkit.MemberCrashedError;
import io.kvmesh.testkit.SimDisk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Lets a store live several lives on one simulated disk, each ended at a random disk call by a killed
 * process or a cut of the power, and takes snapshots and makes backups between its writes, flushes and merges. Each
 * that was reported as done holds all that was acknowledged before it, and a prefix of what was written.
 */
class CopiesPowerLossTest {
    private static final int SEEDS = 40;
    private static final int LIVES = 8;
    private static final int STEPS_PER_LIFE = 250;
    private static final Path STORE = Path.of("/sim/store");
    private static final Path REPOSITORY = Path.of("/sim/repository");
    private static final MapDescriptor MAP = MapDescriptor.of("cities", "string/1", "string/1");

    @Test
    void copiesTakenBetweenAllElseAreWholeAfterKillsAndPowerCuts() {
        int checked = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            Story story = new Story(seed);
            try {
                story.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("failed with seed " + seed, e);
            }
            checked += story.checked;
        }
        assertThat(checked).as("copies that were checked").isGreaterThan(SEEDS);
    }

    /** All lives of one store. */
    private static final class Story {
        private final RandomSource random;
        private final SimDisk disk;
        /** What each copy that was reported as done must hold: all writes up to this number. */
        private final Map<String, Integer> snapshots = new TreeMap<>();

        private final Map<String, Integer> backups = new TreeMap<>();
        private final SteppedClock clock = new SteppedClock();
        private int written;
        private int acknowledged;
        private int copies;
        private int checked;

        Story(long seed) {
            random = RandomSource.seeded(seed);
            disk = new SimDisk(random.split());
            disk.createStableDirectory(Path.of("/sim"));
        }

        void run() {
            for (int life = 0; life < LIVES; life++) {
                CrashKind end = random.chance(0.7) ? CrashKind.POWER_LOSS : CrashKind.KILL;
                disk.faults().crashAt(disk.faults().calls() + 1 + random.nextInt(900), end);
                try {
                    live();
                    disk.faults().clear();
                    switch (end) {
                        case KILL -> disk.crashProcess();
                        case POWER_LOSS -> disk.losePower();
                    }
                } catch (MemberCrashedError e) {
                    disk.faults().clear();
                }
                checkCopies();
            }
        }

        private void live() {
            StepLanes lanes = new StepLanes();
            StorageEngine engine = open(STORE, lanes);
            engine.createMap(MAP);
            // After a kill more may be there than was acknowledged, and a cut of the power may take it yet.
            written = lastOf(engine);
            assertThat(written).isGreaterThanOrEqualTo(acknowledged);
            for (int step = 0; step < STEPS_PER_LIFE; step++) {
                step(engine, lanes);
            }
        }

        private StorageEngine open(Path directory, StepLanes lanes) {
            StorageConfig config = new StorageConfig(directory, 16, Durability.SYNC, 1_000, 3_000, 4_096, 256, 100_000);
            return StorageEngine.open(config, disk.mount(), clock, lanes, random.split());
        }

        private void step(StorageEngine engine, StepLanes lanes) {
            int choice = random.nextInt(1_000);
            if (choice < 700) {
                write(engine);
            } else if (choice < 940) {
                lanes.runOffered();
            } else if (choice < 970) {
                lanes.runDelayed();
            } else if (choice < 985) {
                int before = acknowledged;
                String name = "s" + (1_000 + ++copies);
                engine.copies().snapshots().take(name, Addition.NONE);
                snapshots.put(name, before);
            } else if (choice < 995) {
                int before = acknowledged;
                backups.put(engine.copies().backup(REPOSITORY, new byte[0]).id(), before);
            } else if (!snapshots.isEmpty()) {
                String name = snapshots.keySet().iterator().next();
                snapshots.remove(name);
                engine.copies().snapshots().delete(name);
            }
        }

        /** Writes have keys of their own, so that each can be looked for. */
        private void write(StorageEngine engine) {
            int number = written + 1;
            Cell cell = Cell.of(new byte[random.nextInt(80)], new Version(number, new NodeId(1)));
            engine.write(new Mutation(MAP.id(), key(number), cell), new WriteCallback() {
                @Override
                public void onWritten(@Nullable Version newer) {
                    acknowledged = Math.max(acknowledged, number);
                }

                @Override
                public void onFailed(KvException reason) {
                    assertThat(reason).isInstanceOf(OverloadedException.class);
                    written = number - 1;
                }
            });
            if (engine.read(MAP.id(), key(number)) != null) {
                written = number;
            }
        }

        private static Key key(int number) {
            return Key.of(number % 16, new byte[] {(byte) (number >> 8), (byte) number});
        }

        /** The last of the writes that a store holds, which must hold all before it. */
        private int lastOf(StorageEngine engine) {
            int last = 0;
            for (int number = 1; number <= written; number++) {
                if (engine.read(MAP.id(), key(number)) != null) {
                    assertThat(last)
                            .as("write %d is there, and one before it is not", number)
                            .isEqualTo(number - 1);
                    last = number;
                }
            }
            return last;
        }

        /** Opens the newest snapshot, any one, and what any backup is restored to. */
        private void checkCopies() {
            List<String> names = new ArrayList<>(snapshots.keySet());
            if (!names.isEmpty()) {
                checkSnapshot(names.get(names.size() - 1));
                checkSnapshot(names.get(random.nextInt(names.size())));
            }
            List<String> ids = new ArrayList<>(backups.keySet());
            if (!ids.isEmpty()) {
                String id = ids.get(random.nextInt(ids.size()));
                Path target = Path.of("/sim/restored-" + checked);
                new StoreRestore(disk.mount(), clock, REPOSITORY, BackupId.parse(id))
                        .into(target, (known, directory) -> {});
                check(target, backups.getOrDefault(id, 0));
            }
        }

        private void checkSnapshot(String name) {
            check(STORE.resolve("snapshots").resolve(name), snapshots.getOrDefault(name, 0));
        }

        private void check(Path directory, int least) {
            StorageEngine opened = open(directory, new StepLanes());
            opened.createMap(MAP);
            assertThat(lastOf(opened)).as("%s", directory).isGreaterThanOrEqualTo(least);
            opened.close();
            disk.crashProcess();
            checked++;
        }
    }
}
