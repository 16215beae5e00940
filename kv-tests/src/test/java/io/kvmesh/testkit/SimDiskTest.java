package io.kvmesh.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.FileSystem.FileLock;
import io.kvmesh.runtime.FileSystem.ReadFile;
import io.kvmesh.runtime.FileSystem.SegmentFile;
import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SimDiskTest {
    private static final Path DIRECTORY = Path.of("/disk");
    private static final Path FILE = DIRECTORY.resolve("file");
    private static final int SEEDS = 200;
    private static final int PAGE = SimFile.PAGE_BYTES;

    private SimDisk disk = new SimDisk(RandomSource.seeded(0));
    private FileSystem files = disk.mount();

    @BeforeEach
    void newDisk() {
        restart(0);
    }

    private void restart(long seed) {
        disk = new SimDisk(RandomSource.seeded(seed));
        disk.createStableDirectory(DIRECTORY);
        files = disk.mount();
    }

    @Test
    void aCrashOfTheProcessLeavesAllThatWasWritten() throws IOException {
        AppendFile appended = files.create(FILE);
        appended.append(filled(10, 'a'), 0, 10);
        SegmentFile segment = files.createSegment(DIRECTORY.resolve("segment"), 100);
        segment.write(50, filled(10, 'b'), 0, 10);
        files.rename(FILE, DIRECTORY.resolve("renamed"));
        disk.crashProcess();
        files = disk.mount();
        assertThat(files.list(DIRECTORY)).containsExactly(DIRECTORY.resolve("renamed"), DIRECTORY.resolve("segment"));
        assertThat(read(DIRECTORY.resolve("renamed"))).isEqualTo(filled(10, 'a'));
        assertThat(Arrays.copyOfRange(read(DIRECTORY.resolve("segment")), 50, 60))
                .isEqualTo(filled(10, 'b'));
    }

    @Test
    void aLinkSurvivesALossOfPowerForSureOnceItsDirectoryWasSynced() throws IOException {
        Path other = DIRECTORY.resolve("other");
        TreeSet<Boolean> unsyncedSurvived = new TreeSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            restart(seed);
            disk.createStableDirectory(other);
            try (AppendFile appended = files.create(FILE)) {
                appended.append(filled(3 * PAGE, 'a'), 0, 3 * PAGE);
                appended.sync();
            }
            files.link(FILE, other.resolve("synced"));
            files.syncDirectory(other);
            files.link(FILE, other.resolve("unsynced"));
            assertThat(disk.usedBytes()).isEqualTo(3 * PAGE);
            disk.losePower();
            files = disk.mount();
            assertThat(read(other.resolve("synced"))).isEqualTo(filled(3 * PAGE, 'a'));
            unsyncedSurvived.add(files.exists(other.resolve("unsynced")));
            assertThat(disk.usedBytes()).isEqualTo(3 * PAGE);
            for (Path name : List.of(FILE, other.resolve("unsynced"), other.resolve("synced"))) {
                files.delete(name);
            }
            assertThat(disk.usedBytes()).isZero();
        }
        assertThat(unsyncedSurvived).containsExactly(false, true);
    }

    @Test
    void aCrashEndsEverythingThatTheProcessHadOpen() throws IOException {
        AppendFile appended = files.create(FILE);
        FileLock lock = files.lock(DIRECTORY.resolve("lock"));
        FileSystem before = files;
        disk.crashProcess();
        assertThat(disk.openHandles()).isZero();
        assertThatThrownBy(() -> appended.append(new byte[1], 0, 1)).isInstanceOf(MemberCrashedError.class);
        assertThatThrownBy(appended::sync).isInstanceOf(MemberCrashedError.class);
        assertThatThrownBy(() -> before.list(DIRECTORY)).isInstanceOf(MemberCrashedError.class);
        assertThatThrownBy(() -> before.exists(DIRECTORY)).isInstanceOf(MemberCrashedError.class);
        files = disk.mount();
        FileLock taken = files.lock(DIRECTORY.resolve("lock"));
        lock.close();
        appended.close();
        assertThatThrownBy(() -> files.lock(DIRECTORY.resolve("lock")))
                .isInstanceOf(FileSystem.FileLockedException.class);
        taken.close();
        assertThat(disk.openHandles()).isZero();
        assertThat(disk.usedBytes()).isZero();
    }

    @Test
    void aLossOfPowerLeavesWhatWasSyncedAndANumberOfOtherBytes() throws IOException {
        TreeSet<Integer> sizes = new TreeSet<>();
        boolean hole = false;
        for (int seed = 0; seed < SEEDS; seed++) {
            restart(seed);
            AppendFile appended = files.create(FILE);
            appended.append(filled(PAGE + 100, 's'), 0, PAGE + 100);
            appended.sync();
            files.syncDirectory(DIRECTORY);
            assertThat(disk.hasUnsyncedBytes(FILE)).isFalse();
            appended.append(filled(3 * PAGE, 'u'), 0, 3 * PAGE);
            assertThat(disk.hasUnsyncedBytes(FILE)).isTrue();
            disk.losePower();
            files = disk.mount();
            byte[] content = read(FILE);
            assertThat(Arrays.copyOf(content, PAGE + 100)).isEqualTo(filled(PAGE + 100, 's'));
            sizes.add(content.length);
            hole |= hasZeroBeforeWritten(content, PAGE + 100);
            assertThat(disk.usedBytes()).isEqualTo(content.length);
            assertThat(disk.hasUnsyncedBytes(FILE)).isFalse();
        }
        assertThat(sizes.first()).isEqualTo(PAGE + 100);
        assertThat(sizes.last()).isEqualTo(4 * PAGE + 100);
        assertThat(sizes).as("torn at many places").hasSizeGreaterThan(SEEDS / 4);
        assertThat(hole).as("a later page survived, an earlier one did not").isTrue();
    }

    @Test
    void aLossOfPowerTearsTheLastWriteOfASegmentBetweenSectors() throws IOException {
        boolean torn = false;
        boolean whole = false;
        boolean none = false;
        for (int seed = 0; seed < SEEDS; seed++) {
            restart(seed);
            SegmentFile segment = files.createSegment(FILE, 2 * PAGE);
            segment.write(0, filled(2 * PAGE, 'o'), 0, 2 * PAGE);
            segment.sync();
            files.syncDirectory(DIRECTORY);
            segment.write(100, filled(PAGE - 200, 'n'), 0, PAGE - 200);
            disk.losePower();
            files = disk.mount();
            byte[] content = read(FILE);
            assertThat(content).hasSize(2 * PAGE);
            assertThat(Arrays.copyOf(content, 100)).containsOnly('o');
            assertThat(Arrays.copyOfRange(content, PAGE, 2 * PAGE)).containsOnly('o');
            int written = count(content, 'n');
            torn |= written > 0 && written < PAGE - 200;
            whole |= written == PAGE - 200;
            none |= written == 0;
        }
        assertThat(torn).isTrue();
        assertThat(whole).isTrue();
        assertThat(none).isTrue();
    }

    @Test
    void syncedNamesSurviveALossOfPowerAndOthersByChance() throws IOException {
        TreeSet<String> outcomes = new TreeSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            restart(seed);
            write("old", "old");
            write("synced", "synced");
            files.syncDirectory(DIRECTORY);
            assertThat(disk.unsyncedNames()).isZero();
            write("new", "new");
            files.rename(DIRECTORY.resolve("new"), DIRECTORY.resolve("old"));
            files.delete(DIRECTORY.resolve("synced"));
            disk.losePower();
            files = disk.mount();
            StringBuilder outcome = new StringBuilder();
            for (Path path : files.list(DIRECTORY)) {
                outcome.append(path.getFileName())
                        .append('=')
                        .append(new String(read(path), UTF_8))
                        .append(' ');
            }
            outcomes.add(outcome.toString());
        }
        // The renaming is one step: "old" is there in every outcome, as the old or as the new file.
        assertThat(outcomes)
                .allMatch(outcome -> outcome.contains("old=old") || outcome.contains("old=new"))
                .contains(
                        "old=old synced=synced ",
                        "new=new old=old synced=synced ",
                        "old=new synced=synced ",
                        "old=new ")
                .as("no order is promised")
                .contains("old=old ");
    }

    @Test
    void aFileInADirectoryThatWasNotSyncedGoesWithIt() throws IOException {
        boolean lost = false;
        boolean kept = false;
        for (int seed = 0; seed < SEEDS; seed++) {
            restart(seed);
            Path inner = DIRECTORY.resolve("inner");
            files.createDirectories(inner);
            try (AppendFile appended = files.create(inner.resolve("a"))) {
                appended.append(filled(1, 'a'), 0, 1);
                appended.sync();
            }
            files.syncDirectory(inner);
            disk.losePower();
            files = disk.mount();
            boolean there = files.exists(inner);
            assertThat(files.exists(inner.resolve("a"))).isEqualTo(there);
            kept |= there;
            lost |= !there;
        }
        assertThat(kept).isTrue();
        assertThat(lost).isTrue();
    }

    @Test
    void theSameSeedLeavesTheSame() throws IOException {
        byte[][] contents = new byte[2][];
        for (int run = 0; run < 2; run++) {
            restart(17);
            AppendFile appended = files.create(FILE);
            files.syncDirectory(DIRECTORY);
            appended.append(filled(10 * PAGE, 'x'), 0, 10 * PAGE);
            disk.losePower(RandomSource.seeded(3));
            files = disk.mount();
            contents[run] = read(FILE);
        }
        assertThat(contents[0]).isEqualTo(contents[1]);
    }

    @Test
    void afterAFailedSyncALaterOneBringsNothingBack() throws IOException {
        boolean lost = false;
        for (int seed = 0; seed < SEEDS; seed++) {
            restart(seed);
            AppendFile appended = files.create(FILE);
            files.syncDirectory(DIRECTORY);
            appended.append(filled(100, 'x'), 0, 100);
            disk.faults().failCall(disk.faults().calls() + 1, IoFaults.DISK_BROKEN);
            assertThatThrownBy(appended::sync).isInstanceOf(IOException.class);
            disk.faults().clear();
            appended.sync();
            assertThat(disk.hasUnsyncedBytes(FILE)).isTrue();
            disk.losePower();
            files = disk.mount();
            lost |= count(read(FILE), 'x') < 100;
        }
        assertThat(lost).isTrue();
    }

    @Test
    void aFullDiskTakesWhatFitsAndSaysSo() throws IOException {
        disk.limitBytes(150);
        AppendFile appended = files.create(FILE);
        appended.append(filled(100, 'a'), 0, 100);
        assertThat(files.usableBytes(DIRECTORY)).isEqualTo(50);
        assertThatThrownBy(() -> appended.append(filled(100, 'b'), 0, 100))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("No space left on device");
        assertThat(appended.positionBytes()).isEqualTo(150);
        assertThatThrownBy(() -> files.create(DIRECTORY.resolve("b"))).hasMessageContaining("No space left");
        assertThatThrownBy(() -> files.createSegment(DIRECTORY.resolve("s"), 1)).hasMessageContaining("No space left");
        assertThat(files.exists(DIRECTORY.resolve("s"))).isFalse();
        files.delete(FILE);
        assertThat(files.usableBytes(DIRECTORY)).as("still open").isZero();
        appended.close();
        assertThat(files.usableBytes(DIRECTORY)).isEqualTo(150);
        assertThatThrownBy(() -> files.createSegment(DIRECTORY.resolve("s"), 151))
                .hasMessageContaining("No space left");
        files.createSegment(DIRECTORY.resolve("s"), 150).close();
        assertThat(disk.usedBytes()).isEqualTo(150);
    }

    @Test
    void replacingAFileFreesItsSpace() throws IOException {
        write("a", "12345");
        write("b", "123");
        files.rename(DIRECTORY.resolve("b"), DIRECTORY.resolve("a"));
        assertThat(disk.usedBytes()).isEqualTo(3);
        disk.wipe();
        assertThat(disk.usedBytes()).isZero();
    }

    @Test
    void callsAreCountedAndTheChosenOneFails() throws IOException {
        long callsOfOneWrite = callsOf(() -> write("a", "text"));
        assertThat(disk.faults().calls(IoOperation.APPEND)).isEqualTo(1);
        assertThat(disk.faults().calls(IoOperation.SYNC)).isEqualTo(1);
        assertThat(callsOfOneWrite).as("create, append, sync").isEqualTo(3);
        for (int call = 1; call <= callsOfOneWrite; call++) {
            restart(call);
            disk.faults().failCall(call, IoFaults.DISK_BROKEN);
            assertThatThrownBy(() -> write("a", "text"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("call " + call)
                    .hasMessageContaining("Input/output error");
            write("b", "text");
        }
        restart(9);
        disk.faults().failCall(callsOfOneWrite + 1, IoFaults.DISK_BROKEN);
        write("a", "text");
    }

    @Test
    void aBrokenDiskFailsFromOneCallOn() throws IOException {
        disk.faults().failFrom(2, IoFaults.DISK_BROKEN);
        AppendFile appended = files.create(FILE);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> appended.append(filled(10, 'a'), 0, 10)).isInstanceOf(IOException.class);
        }
        disk.faults().failAll(IoOperation.LIST, IoFaults.DISK_BROKEN);
        appended.append(filled(10, 'a'), 0, 10);
        assertThatThrownBy(() -> files.list(DIRECTORY)).isInstanceOf(IOException.class);
    }

    @Test
    void aFailingAppendMayHaveWrittenAPart() throws IOException {
        TreeSet<Long> sizes = new TreeSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            restart(seed);
            AppendFile appended = files.create(FILE);
            disk.faults().failAll(IoOperation.APPEND, IoFaults.DISK_BROKEN);
            assertThatThrownBy(() -> appended.append(filled(10, 'a'), 0, 10)).isInstanceOf(IOException.class);
            sizes.add(appended.positionBytes());
        }
        assertThat(sizes).hasSize(11);
    }

    @Test
    void bitsFlipWhereTheyLie() throws IOException {
        write("a", "text");
        disk.flipBits(DIRECTORY.resolve("a"), 1, 0x01);
        assertThat(new String(read(DIRECTORY.resolve("a")), UTF_8)).isEqualTo("tdxt");
        assertThatThrownBy(() -> disk.flipBits(DIRECTORY.resolve("a"), 4, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tooManyUnsyncedNamesAreWrittenBackInTime() throws IOException {
        for (int i = 0; i < SimNamespace.UNSYNCED_CHANGES_MAX + 5; i++) {
            files.create(DIRECTORY.resolve("f" + i)).close();
        }
        assertThat(disk.unsyncedNames()).isEqualTo(SimNamespace.UNSYNCED_CHANGES_MAX);
        disk.losePower();
        assertThat(disk.mount().exists(DIRECTORY.resolve("f4"))).isTrue();
    }

    @Test
    void theNodeStoreSurvivesEverythingButAnEmptyDisk() {
        SimMember member = SimCluster.of(1).seed(1).member(0);
        var store = member.startProcess().nodeStores().open(member.directory());
        store.saveRecord("name", new byte[] {1});
        member.losePower();
        assertThatThrownBy(store::peers).isInstanceOf(MemberCrashedError.class);
        var reopened = member.startProcess().nodeStores().open(member.directory());
        assertThat(reopened.record("name")).isPresent();
        member.disk().faults().failAll(IoOperation.NODE_STORE, IoFaults.DISK_BROKEN);
        assertThatThrownBy(() -> reopened.saveRecord("name", new byte[0]))
                .isInstanceOf(NodeStoreException.class)
                .hasMessageContaining(member.directory().toString());
        member.disk().faults().clear();
        assertThat(reopened.record("name")).isPresent();
        member.kill();
        member.disk().wipe();
        assertThat(member.startProcess().nodeStores().open(member.directory()).record("name"))
                .isEmpty();
    }

    private interface Work {
        void run() throws IOException;
    }

    private long callsOf(Work work) throws IOException {
        long before = disk.faults().calls();
        work.run();
        return disk.faults().calls() - before;
    }

    private void write(String name, String text) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        try (AppendFile appended = files.create(DIRECTORY.resolve(name))) {
            appended.append(bytes, 0, bytes.length);
            appended.sync();
        }
    }

    private byte[] read(Path file) throws IOException {
        try (ReadFile read = files.open(file)) {
            byte[] bytes = new byte[(int) read.sizeBytes()];
            read.readFully(0, bytes, 0, bytes.length);
            return bytes;
        }
    }

    private static byte[] filled(int length, char content) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) content);
        return bytes;
    }

    private static int count(byte[] bytes, char wanted) {
        int count = 0;
        for (byte b : bytes) {
            count += b == (byte) wanted ? 1 : 0;
        }
        return count;
    }

    private static boolean hasZeroBeforeWritten(byte[] content, int from) {
        boolean zero = false;
        for (int i = from; i < content.length; i++) {
            if (zero && content[i] != 0) {
                return true;
            }
            zero |= content[i] == 0;
        }
        return false;
    }
}
