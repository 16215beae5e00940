package io.kvmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvMap;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.FileSystem.ReadFile;
import io.kvmesh.runtime.FileSystem.SegmentFile;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class IoFaultsTest {
    private static final Path DIRECTORY = Path.of("/disk");
    private static final Path FILE = DIRECTORY.resolve("file");
    private static final Path OTHER = DIRECTORY.resolve("other");
    private static final int SEEDS = 200;

    private SimDisk disk = new SimDisk(RandomSource.seeded(0));
    private FileSystem files = disk.mount();

    private void restart(long seed) {
        disk = new SimDisk(RandomSource.seeded(seed));
        disk.createStableDirectory(DIRECTORY);
        files = disk.mount();
    }

    @Test
    void anAppendOrWriteInWhichTheProcessIsKilledIsDoneInAnyPart() throws IOException {
        TreeSet<Long> appended = new TreeSet<>();
        TreeSet<Integer> written = new TreeSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            restart(seed);
            AppendFile file = files.create(FILE);
            SegmentFile segment = files.createSegment(OTHER, 8);
            boolean appends = seed % 2 == 0;
            byte[] bytes = {1, 1, 1, 1, 1};
            crashes(CrashKind.KILL, () -> {
                if (appends) {
                    file.append(bytes, 0, 5);
                } else {
                    segment.write(2, bytes, 0, 5);
                }
            });
            files = disk.mount();
            if (appends) {
                appended.add(files.sizeBytes(FILE));
            } else {
                byte[] content = read(OTHER);
                written.add(content[2] + content[3] + content[4] + content[5] + content[6]);
            }
        }
        assertThat(appended).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
        assertThat(written).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void aRenamingOrSyncInWhichTheProcessCrashesIsDoneOrNot() throws IOException {
        Set<Boolean> renamed = new HashSet<>();
        Set<Boolean> synced = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            restart(seed);
            files.create(FILE).close();
            crashes(CrashKind.KILL, () -> files.rename(FILE, OTHER));
            files = disk.mount();
            assertThat(files.list(DIRECTORY)).hasSize(1);
            renamed.add(files.exists(OTHER));
            disk.faults().clear();
            AppendFile file = files.create(DIRECTORY.resolve("appended"));
            file.append(new byte[9], 0, 9);
            crashes(CrashKind.KILL, file::sync);
            synced.add(!disk.hasUnsyncedBytes(DIRECTORY.resolve("appended")));
        }
        assertThat(renamed).containsExactlyInAnyOrder(true, false);
        assertThat(synced).containsExactlyInAnyOrder(true, false);
    }

    @Test
    void aCallThatCannotBeDoneEndsTheProcessAllTheSame() {
        for (int seed = 0; seed < 10; seed++) {
            restart(seed);
            crashes(CrashKind.KILL, () -> files.open(FILE));
        }
    }

    @Test
    void aLossOfPowerInACallTakesWhatWasNotSynced() throws IOException {
        boolean lost = false;
        for (int seed = 0; seed < SEEDS; seed++) {
            restart(seed);
            files.create(FILE).close();
            crashes(CrashKind.POWER_LOSS, () -> files.list(DIRECTORY));
            files = disk.mount();
            lost |= !files.exists(FILE);
            assertThat(disk.unsyncedNames()).isZero();
        }
        assertThat(lost).isTrue();
    }

    private void crashes(CrashKind kind, ThrowingCallable call) {
        disk.faults().crashAt(disk.faults().calls() + 1, kind);
        assertThatThrownBy(call).isInstanceOf(MemberCrashedError.class).hasMessageContaining("the process crashed in");
        assertThatThrownBy(() -> files.list(DIRECTORY)).isInstanceOf(MemberCrashedError.class);
    }

    @ParameterizedTest
    @EnumSource
    void aMemberThatCrashesWhileItsStoreOpensCanBeStartedAgain(CrashKind kind) {
        SimCluster cluster = SimCluster.of(1).seed(1);
        SimMember member = cluster.member(0);
        for (int call = 1; call <= 12; call++) {
            member.disk().faults().crashAt(member.disk().faults().calls() + call, kind);
            assertThatThrownBy(member::start).isInstanceOf(MemberCrashedError.class);
            assertThat(member.isAlive()).isFalse();
            assertThat(member.disk().openHandles()).isZero();
        }
        member.disk().faults().clear();
        member.start();
        map(member).set("k", "v");
        assertThat(map(member).get("k")).isEqualTo("v");
        cluster.stop();
        cluster.checkFailures();
    }

    @Test
    void aMemberThatCrashesInATaskDoesNothingAnyMore() {
        SimCluster cluster = SimCluster.of(1).seed(1);
        SimMember member = cluster.member(0);
        var environment = member.startProcess();
        StringBuilder done = new StringBuilder();
        environment.scheduler().offer(Lane.LOG, () -> done.append(list(environment.files(), member.directory())));
        environment.scheduler().offer(Lane.LOG, () -> done.append("next"));
        environment.scheduler().schedule(Lane.CONTROL, 1_000, () -> done.append("later"));
        member.disk().faults().crashAt(member.disk().faults().calls() + 1, CrashKind.KILL);
        cluster.runFor(Duration.ofSeconds(1));
        assertThat(done).isEmpty();
        assertThat(member.isAlive()).isFalse();
        cluster.checkFailures();
        assertThat(cluster.loop().timeline()).anyMatch(line -> line.contains("crashed in a call of its disk: KILL"));
    }

    @Test
    void aMemberOfAMeshThatCrashesWhileItServesOthersLeavesThemGoingOn() {
        SimCluster cluster = SimCluster.of(3).seed(5).start();
        KvMap<String, String> map = map(cluster.member(1));
        map.set("before", "v");
        // The next call is the copy into the log on the transport's thread.
        cluster.member(0)
                .disk()
                .faults()
                .crashAt(cluster.member(0).disk().faults().calls() + 1, CrashKind.KILL);
        map.set("k", "v");
        cluster.runFor(Duration.ofMillis(100));
        assertThat(cluster.member(0).isAlive()).isFalse();
        assertThat(map.get("k")).isEqualTo("v");
        cluster.member(0).disk().faults().clear();
        cluster.member(0).start();
        cluster.awaitAllAlive();
        assertThat(map(cluster.member(0)).get("k")).isEqualTo("v");
        cluster.stop();
        cluster.checkFailures();
    }

    @Test
    void aCallerThatWaitsWhileItsMemberCrashesGetsToKnow() {
        SimCluster cluster = SimCluster.of(1)
                .configure(config -> config.durability(Durability.SYNC))
                .seed(5)
                .start();
        SimMember member = cluster.member(0);
        KvMap<String, String> map = map(member);
        // After the caller's copy into the log comes the sync, on the log's lane.
        member.disk().faults().crashAt(member.disk().faults().calls() + 2, CrashKind.KILL);
        assertThatThrownBy(() -> map.set("k", "v"))
                .isInstanceOf(MemberCrashedError.class)
                .hasMessageContaining("it crashed while a caller waited");
        assertThat(member.isAlive()).isFalse();
        member.start();
        assertThat(map(member).get("k")).isEqualTo("v");
    }

    @Test
    void callsFailAtTheRatesThatWereSet() throws IOException {
        restart(1);
        AppendFile file = files.create(FILE);
        disk.faults()
                .use(IoFaultRates.NONE
                        .withReadFailures(0.1)
                        .withWriteFailures(0.2)
                        .withSyncFailures(0.3)
                        .withMessage(IoFaults.DISK_FULL));
        assertThat(failuresOf(() -> files.list(DIRECTORY))).isBetween(160, 240);
        assertThat(failuresOf(() -> file.append(new byte[1], 0, 1))).isBetween(350, 450);
        assertThat(failuresOf(file::sync)).isBetween(540, 660);
        assertThat(failuresOf(() -> files.syncDirectory(DIRECTORY))).isBetween(540, 660);
        disk.faults().clear();
        assertThat(failuresOf(file::sync)).isZero();
    }

    private interface Call {
        void run() throws IOException;
    }

    private static int failuresOf(Call call) {
        int failures = 0;
        for (int i = 0; i < 2_000; i++) {
            try {
                call.run();
            } catch (IOException e) {
                assertThat(e).hasMessageContaining(IoFaults.DISK_FULL);
                failures++;
            }
        }
        return failures;
    }

    @Test
    void processesCrashAtTheRatesThatWereSet() {
        int lives = 0;
        restart(2);
        disk.faults().use(IoFaultRates.NONE.withKills(0.05).withPowerLosses(0.05));
        for (int call = 0; call < 2_000; call++) {
            try {
                files.exists(DIRECTORY);
                files.list(DIRECTORY);
            } catch (IOException e) {
                throw new AssertionError("nothing but crashes was asked for", e);
            } catch (MemberCrashedError e) {
                lives++;
                files = disk.mount();
            }
        }
        assertThat(lives).isBetween(150, 250);
    }

    @Test
    void aFlippedBitIsHandedToTheReaderAndIsNotStored() throws IOException {
        restart(3);
        AppendFile file = files.create(FILE);
        file.append(new byte[100], 0, 100);
        disk.faults().use(IoFaultRates.NONE.withBitFlips(0.5));
        int damaged = 0;
        for (int i = 0; i < 400; i++) {
            int bits = 0;
            for (byte b : read(FILE)) {
                bits += Integer.bitCount(b & 0xFF);
            }
            assertThat(bits).isBetween(0, 1);
            damaged += bits;
        }
        assertThat(damaged).isBetween(160, 240);
        disk.faults().clear();
        assertThat(read(FILE)).containsOnly(0);
    }

    @Test
    void theSameSeedFailsAtTheSameCalls() {
        String[] runs = new String[2];
        for (int run = 0; run < 2; run++) {
            restart(7);
            disk.faults().use(IoFaultRates.NONE.withReadFailures(0.5));
            StringBuilder story = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                story.append(list(files, DIRECTORY));
            }
            runs[run] = story.toString();
        }
        assertThat(runs[0]).isEqualTo(runs[1]).contains("failed", "[]");
    }

    @Test
    void ratesOutOfRangeAreRefused() {
        for (double rate : new double[] {-0.1, 1.1, Double.NaN}) {
            refused("readFailure " + rate, () -> IoFaultRates.NONE.withReadFailures(rate));
            refused("writeFailure " + rate, () -> IoFaultRates.NONE.withWriteFailures(rate));
            refused("syncFailure " + rate, () -> IoFaultRates.NONE.withSyncFailures(rate));
            refused("bitFlip " + rate, () -> IoFaultRates.NONE.withBitFlips(rate));
            refused("kill " + rate, () -> IoFaultRates.NONE.withKills(rate));
            refused("powerLoss " + rate, () -> IoFaultRates.NONE.withPowerLosses(rate));
        }
    }

    private static void refused(String message, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    private static KvMap<String, String> map(SimMember member) {
        return member.store().map("m", String.class, String.class);
    }

    private static String list(FileSystem files, Path directory) {
        try {
            return files.list(directory).toString();
        } catch (IOException e) {
            return "failed";
        }
    }

    private byte[] read(Path file) throws IOException {
        try (ReadFile read = files.open(file)) {
            byte[] bytes = new byte[(int) read.sizeBytes()];
            Arrays.fill(bytes, (byte) -1);
            read.readFully(0, bytes, 0, bytes.length);
            return bytes;
        }
    }
}
