package io.kvmesh.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.KvStore;
import io.kvmesh.api.BackupInfo;
import io.kvmesh.api.Durability;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.node.Environment;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.storage.StoreVerifier;
import io.kvmesh.storage.backup.RepositoryVerifier;
import io.kvmesh.storage.check.Findings;
import io.kvmesh.testkit.CrashKind;
import io.kvmesh.testkit.IoFaults;
import io.kvmesh.testkit.MemberCrashedError;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A story of one store that writes, takes snapshots, makes backups and deletes some, and of a restore, on a disk on
 * which something goes wrong at one call. Confined to one thread.
 */
final class CopiesStory {
    private static final int KEYS = 10;
    private static final int WRITES_A_STEP = 14;
    private static final String FILLING = "x".repeat(200);
    private static final Path REPOSITORY = Path.of("/sim/repository");
    private static final Path RESTORED = Path.of("/sim/restored");

    /** What goes wrong at the call, and how the process ends if it does not end by that. */
    enum Fault {
        CALL_FAILS_THEN_KILL(false, null, CrashKind.KILL),
        CALL_FAILS_THEN_POWER_LOSS(false, null, CrashKind.POWER_LOSS),
        DISK_BREAKS_THEN_POWER_LOSS(true, null, CrashKind.POWER_LOSS),
        KILL_IN_CALL(false, CrashKind.KILL, CrashKind.KILL),
        POWER_LOSS_IN_CALL(false, CrashKind.POWER_LOSS, CrashKind.POWER_LOSS);

        private final boolean lasting;
        private final @Nullable CrashKind inCall;
        private final CrashKind end;

        Fault(boolean lasting, @Nullable CrashKind inCall, CrashKind end) {
            this.lasting = lasting;
            this.inCall = inCall;
            this.end = end;
        }

        void inject(IoFaults faults, long call) {
            if (inCall != null) {
                faults.crashAt(call, inCall);
            } else if (lasting) {
                faults.failFrom(call, IoFaults.DISK_BROKEN);
            } else {
                faults.failCall(call, IoFaults.DISK_BROKEN);
            }
        }
    }

    /** What may be reported as done. */
    enum Step {
        OPENED,
        FIRST_SNAPSHOT,
        FIRST_BACKUP,
        SECOND_SNAPSHOT,
        SECOND_BACKUP,
        SNAPSHOT_DELETED,
        BACKUP_DELETED,
        RESTORED
    }

    private final Fault fault;
    private final SimCluster cluster;
    private final SimMember member;
    private final Set<Step> done = EnumSet.noneOf(Step.class);
    /** What each key holds at least, by the number of the write. */
    private final Map<String, Integer> acknowledged = new TreeMap<>();

    private final Map<String, Map<String, Integer>> snapshots = new TreeMap<>();
    private final Map<String, Map<String, Integer>> backups = new TreeMap<>();
    private final Set<String> deletionsTried = new TreeSet<>();
    private @Nullable String restoredBackup;
    private int writes;
    private long callsInStory;

    /** @param faultyCall the number of the call at which something goes wrong; 0 for none */
    CopiesStory(Fault fault, long faultyCall) {
        this.fault = fault;
        cluster = SimCluster.of(1).seed(faultyCall);
        member = cluster.member(0);
        if (faultyCall > 0) {
            fault.inject(member.disk().faults(), faultyCall);
        }
    }

    Set<Step> done() {
        return done;
    }

    /** How many calls of the disk the story has before the faults end. */
    long callsInStory() {
        return callsInStory;
    }

    void play() {
        try {
            live();
        } catch (MemberCrashedError e) {
            assertThat(member.isAlive()).isFalse();
        }
        callsInStory = member.disk().faults().calls();
        if (member.isAlive()) {
            switch (fault.end) {
                case KILL -> member.kill();
                case POWER_LOSS -> member.losePower();
            }
        }
        member.disk().faults().clear();
    }

    private void live() {
        Environment environment = member.startProcess();
        KvStore store;
        KvMap<String, String> map;
        try {
            store = KvStore.open(config(member.directory()), environment);
            map = store.map("m", String.class, String.class);
            done.add(Step.OPENED);
        } catch (KvException e) {
            return;
        }
        write(map);
        snapshot(store, "first", Step.FIRST_SNAPSHOT);
        write(map);
        backup(store, Step.FIRST_BACKUP);
        write(map);
        snapshot(store, "second", Step.SECOND_SNAPSHOT);
        write(map);
        backup(store, Step.SECOND_BACKUP);
        write(map);
        deleteSome(store);
        restore(environment);
    }

    private void snapshot(KvStore store, String name, Step step) {
        attempt(step, () -> {
            Map<String, Integer> before = new TreeMap<>(acknowledged);
            store.admin().snapshot(name);
            snapshots.put(name, before);
        });
    }

    private void backup(KvStore store, Step step) {
        attempt(step, () -> {
            Map<String, Integer> before = new TreeMap<>(acknowledged);
            backups.put(store.admin().backup(REPOSITORY).id(), before);
        });
    }

    private void deleteSome(KvStore store) {
        if (snapshots.containsKey("first")) {
            deletionsTried.add("first");
            attempt(Step.SNAPSHOT_DELETED, () -> {
                store.admin().deleteSnapshot("first");
                snapshots.remove("first");
            });
        }
        if (backups.size() > 1) {
            // The last one has tables that no other one needs.
            String last = new ArrayList<>(backups.keySet()).get(backups.size() - 1);
            deletionsTried.add(last);
            attempt(Step.BACKUP_DELETED, () -> {
                store.admin().deleteBackup(REPOSITORY, last);
                backups.remove(last);
            });
        }
    }

    private void restore(Environment environment) {
        if (!backups.isEmpty()) {
            String last = new ArrayList<>(backups.keySet()).get(backups.size() - 1);
            attempt(Step.RESTORED, () -> {
                KvStore.restore(REPOSITORY, last, RESTORED, environment);
                restoredBackup = last;
            });
        }
    }

    private void attempt(Step step, Runnable work) {
        try {
            work.run();
            done.add(step);
        } catch (KvException e) {
            assertThat(e).as("%s failed", step).hasMessageContaining(" ");
        }
    }

    private void write(KvMap<String, String> map) {
        for (int i = 0; i < WRITES_A_STEP; i++) {
            int number = ++writes;
            String key = "k" + number % KEYS;
            try {
                map.set(key, number + ":" + FILLING);
                acknowledged.put(key, number);
            } catch (KvException e) {
                assertThat(e).as("a write was refused").hasMessageContaining(" ");
            }
            cluster.runFor(Duration.ofMillis(3));
        }
    }

    /** Checks everything that was reported as done, and that all goes on. */
    void verify() {
        List<String> names = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        Set<String> backupsBefore = new TreeSet<>(backups.keySet());
        opened(member.directory(), acknowledged, store -> {
            names.addAll(store.admin().snapshots());
            for (BackupInfo info : store.admin().backups(REPOSITORY)) {
                assertThat(info.damage()).isEmpty();
                ids.add(info.id());
            }
            store.admin().snapshot("after");
            backups.put(store.admin().backup(REPOSITORY).id(), acknowledged);
        });
        requireAll(names, snapshots.keySet());
        requireAll(ids, backupsBefore);
        names.forEach(name -> opened(
                member.directory().resolve("snapshots").resolve(name),
                snapshots.getOrDefault(name, Map.of()),
                store -> {}));
        inProcess(environment -> verifyFiles(environment, REPOSITORY, true));
        verifyRestored();
        for (String id : backups.keySet()) {
            Path target = Path.of("/sim/check-" + id);
            if (!deletionsTried.contains(id)) {
                inProcess(environment -> KvStore.restore(REPOSITORY, id, target, environment));
                opened(target, backups.getOrDefault(id, Map.of()), store -> {});
            }
        }
    }

    /** A restore that was reported as done is whole; another one can be done again. */
    private void verifyRestored() {
        if (restoredBackup != null) {
            opened(RESTORED, backups.getOrDefault(restoredBackup, Map.of()), store -> {});
            return;
        }
        String last = new ArrayList<>(backups.keySet()).get(backups.size() - 1);
        inProcess(environment -> {
            try {
                KvStore.restore(REPOSITORY, last, RESTORED, environment);
                restoredBackup = last;
            } catch (KvException e) {
                // It was done when the process ended, and nobody was told.
                assertThat(e).hasMessageContaining("has files");
            }
        });
        opened(RESTORED, restoredBackup == null ? Map.of() : backups.getOrDefault(last, Map.of()), store -> {});
    }

    private static void check(KvStore store, Map<String, Integer> expected) {
        KvMap<String, String> map = store.map("m", String.class, String.class);
        expected.forEach((key, number) -> {
            String value = map.get(key);
            assertThat(value).as(key).isNotNull();
            int found = Integer.parseInt(value.substring(0, value.indexOf(':')));
            assertThat(found).as(key).isGreaterThanOrEqualTo(number);
            assertThat(value).endsWith(FILLING);
        });
        map.set("after", "written");
        assertThat(map.get("after")).isEqualTo("written");
    }

    /** What was reported as done is there, unless its deletion was tried. */
    private void requireAll(List<String> found, Set<String> expected) {
        for (String name : expected) {
            assertThat(found.contains(name) || deletionsTried.contains(name))
                    .as("%s among %s", name, found)
                    .isTrue();
        }
    }

    /** Checks the files of a store, opens it in a process of its own, checks what it holds, and works with it. */
    private void opened(Path directory, Map<String, Integer> expected, Consumer<KvStore> work) {
        inProcess(environment -> {
            if (!directory.equals(member.directory()) || done.contains(Step.OPENED)) {
                verifyFiles(environment, directory, false);
            }
            KvStore store = KvStore.open(config(directory), environment);
            check(store, expected);
            work.accept(store);
            store.close();
            assertThat(member.disk().openHandles()).isZero();
            verifyFiles(environment, directory, false);
        });
    }

    private void inProcess(Consumer<Environment> work) {
        work.accept(member.startProcess());
        member.kill();
    }

    private static void verifyFiles(Environment environment, Path directory, boolean repository) {
        FileSystem files = environment.files();
        Findings findings = new Findings(new NoDamage());
        try {
            if (repository) {
                new RepositoryVerifier(files, directory, findings).verify();
            } else {
                new StoreVerifier(files, directory, findings).verify();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        assertThat(findings.files()).isPositive();
    }

    private KvConfig config(Path directory) {
        return KvConfig.builder()
                .directory(directory)
                .keyBytesMax(256)
                .valueBytesMax(1_024)
                .memtableBytes(4_096)
                .logSegmentBytes(8_192)
                .durability(fault.end == CrashKind.POWER_LOSS ? Durability.SYNC : Durability.PERIODIC)
                .build();
    }

    private static final class NoDamage implements Findings.Listener {
        @Override
        public void onDamage(Path file, String what) {
            throw new AssertionError(file + ": " + what);
        }

        @Override
        public void onNote(Path file, String what) {
            assertThat(what).isNotEmpty();
        }

        @Override
        public void onFile(Path file) {
            assertThat(file).isNotNull();
        }
    }
}
