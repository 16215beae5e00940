package io.kvmesh.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.FileSystem.FileLock;
import io.kvmesh.runtime.FileSystem.FileLockedException;
import io.kvmesh.runtime.FileSystem.ReadFile;
import io.kvmesh.runtime.FileSystem.SegmentFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFileSystemTest {
    @TempDir
    Path directory;

    private final DiskFileSystem files = new DiskFileSystem();

    private Path fileOf(int bytes) throws IOException {
        Path file = directory.resolve("content");
        try (AppendFile content = files.create(file)) {
            for (int i = 0; i < bytes; i++) {
                content.append(new byte[] {(byte) i}, 0, 1);
            }
            content.sync();
            assertThat(content.positionBytes()).isEqualTo(bytes);
        }
        files.syncDirectory(directory);
        return file;
    }

    @Test
    void whereThereAreNoLinksACopyTakesTheirPlace() throws IOException {
        Path file = fileOf(200_000);
        Path copy = directory.resolve("copy");
        files.copy(file, copy);
        assertThat(copy).hasSameBinaryContentAs(file);
        assertThatThrownBy(() -> files.copy(file, copy)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(copy).hasSameBinaryContentAs(file);
        assertThatThrownBy(() -> files.copy(directory.resolve("missing"), directory.resolve("other")))
                .isInstanceOf(IOException.class);
        assertThat(directory.resolve("other")).doesNotExist();
    }

    @Test
    void aLinkCostsNoCopy() throws IOException {
        Path file = fileOf(10);
        files.link(file, directory.resolve("link"));
        assertThat(Files.getAttribute(directory.resolve("link"), "unix:nlink")).isEqualTo(2);
        files.delete(file);
        assertThat(directory.resolve("link")).hasSize(10);
    }

    @Test
    void anInterruptedThreadReadsAndDoesNotDisturbOthers() throws IOException {
        Path file = fileOf(100);
        try (ReadFile content = files.open(file)) {
            byte[] target = new byte[10];
            Thread.currentThread().interrupt();
            content.readFully(20, target, 0, 10);
            assertThat(Thread.interrupted()).as("the interruption is kept").isTrue();
            assertThat(target[0]).isEqualTo((byte) 20);
            content.readFully(90, target, 0, 10);
            assertThat(target[9]).isEqualTo((byte) 99);
        }
    }

    @Test
    void anInterruptedThreadWritesSyncsAndMakesSegments() throws IOException {
        Thread.currentThread().interrupt();
        try (SegmentFile segment = files.createSegment(directory.resolve("segment"), 100);
                AppendFile appended = files.create(directory.resolve("appended"))) {
            segment.write(0, new byte[] {1}, 0, 1);
            segment.sync();
            appended.append(new byte[] {1}, 0, 1);
            appended.sync();
            files.syncDirectory(directory);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(files.sizeBytes(directory.resolve("appended"))).isEqualTo(1);
    }

    @Test
    void readingBehindTheEndOrAfterClosingFails() throws IOException {
        Path file = fileOf(10);
        ReadFile content = files.open(file);
        assertThatThrownBy(() -> content.readFully(5, new byte[6], 0, 6)).isInstanceOf(EOFException.class);
        content.close();
        assertThatThrownBy(() -> content.readFully(0, new byte[1], 0, 1)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void aRarelySyncedSegmentIsFilledWithZerosToo() throws IOException {
        Path file = directory.resolve("segment");
        try (SegmentFile segment = files.createRarelySyncedSegment(file, 9_000)) {
            segment.write(8_998, new byte[] {7, 8}, 0, 2);
            segment.sync();
        }
        byte[] expected = new byte[9_000];
        expected[8_998] = 7;
        expected[8_999] = 8;
        assertThat(Files.readAllBytes(file)).isEqualTo(expected);
        assertThatThrownBy(() -> files.createRarelySyncedSegment(file, 10))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(files.sizeBytes(file)).as("the present file is left alone").isEqualTo(9_000);
    }

    @Test
    void aSegmentIsFilledWithZerosAndBounded() throws IOException {
        Path file = directory.resolve("segment");
        try (SegmentFile segment = files.createSegment(file, 300_000)) {
            segment.write(299_998, new byte[] {7, 8, 9}, 0, 2);
            assertThatThrownBy(() -> segment.write(299_999, new byte[2], 0, 2))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(file.toString());
            segment.sync();
            assertThat(segment.sizeBytes()).isEqualTo(300_000);
        }
        byte[] expected = new byte[300_000];
        expected[299_998] = 7;
        expected[299_999] = 8;
        assertThat(Files.readAllBytes(file)).isEqualTo(expected);
        assertThatThrownBy(() -> files.createSegment(file, 10)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(files.sizeBytes(file)).as("the present file is left alone").isEqualTo(300_000);
    }

    @Test
    void aLockIsExclusiveInThisProcessAndAcrossProcesses() throws Exception {
        Path file = directory.resolve("LOCK");
        FileLock lock = files.lock(file);
        assertThatThrownBy(() -> files.lock(file)).isInstanceOf(FileLockedException.class);
        assertThatThrownBy(
                        () -> new DiskFileSystem().lock(directory.resolve(".").resolve("LOCK")))
                .isInstanceOf(FileLockedException.class);
        // The refused attempts must not have released the lock of the process.
        assertThat(lockInOtherProcess(file)).isEqualTo("held");
        lock.close();
        lock.close();
        assertThat(lockInOtherProcess(file)).isEqualTo("free");
        files.lock(file).close();
    }

    private static String lockInOtherProcess(Path file) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockProbe.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return answer;
    }

    /** Tries to take the lock named by its argument. */
    static final class LockProbe {
        private LockProbe() {}

        public static void main(String[] arguments) throws IOException {
            try (FileLock lock = new DiskFileSystem().lock(Path.of(arguments[0]))) {
                System.out.print(lock == null ? "" : "free");
            } catch (FileLockedException e) {
                System.out.print("held");
            }
        }
    }

    @Test
    void directoriesListInOrderAndRenamingReplaces() throws IOException {
        files.createDirectories(directory.resolve("b").resolve("c"));
        Path content = fileOf(3);
        try (AppendFile other = files.create(directory.resolve("a"))) {
            other.append(new byte[] {9}, 0, 1);
        }
        assertThat(files.list(directory))
                .containsExactly(directory.resolve("a"), directory.resolve("b"), directory.resolve("content"));
        files.rename(content, directory.resolve("a"));
        assertThat(files.exists(content)).isFalse();
        assertThat(files.sizeBytes(directory.resolve("a"))).isEqualTo(3);
        files.delete(content);
        assertThat(files.usableBytes(directory)).isPositive();
    }

    @Test
    void filesAndDirectoriesAreForTheirOwnerOnly() throws IOException {
        assumeTrue(directory.getFileSystem().supportedFileAttributeViews().contains("posix"));
        files.createDirectories(directory.resolve("made"));
        files.createSegment(directory.resolve("segment"), 10).close();
        Path content = fileOf(1);
        assertThat(Files.getPosixFilePermissions(content)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.getPosixFilePermissions(directory.resolve("segment")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.getPosixFilePermissions(directory.resolve("made")))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }
}
