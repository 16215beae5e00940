package io.kvmesh.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.FileSystem.FileLock;
import io.kvmesh.runtime.FileSystem.FileLockedException;
import io.kvmesh.runtime.FileSystem.ReadFile;
import io.kvmesh.runtime.FileSystem.SegmentFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every file system must do. Subclasses name the one to test. */
abstract class FileSystemContract {
    private static final int LARGE_BYTES = 300_000;

    private FileSystem files = newFileSystem();
    private Path directory = Path.of("unset");

    abstract FileSystem newFileSystem();

    /** An existing empty directory on that file system. */
    abstract Path emptyDirectory() throws IOException;

    @BeforeEach
    void open() throws IOException {
        files = newFileSystem();
        directory = emptyDirectory();
    }

    @Test
    void whatWasAppendedCanBeRead() throws IOException {
        Path file = directory.resolve("a");
        try (AppendFile appended = files.create(file)) {
            assertThat(appended.positionBytes()).isZero();
            appended.append(bytes("xhellox"), 1, 5);
            appended.append(bytes(" world"), 0, 6);
            assertThat(appended.positionBytes()).isEqualTo(11);
            appended.sync();
        }
        assertThat(text(file)).isEqualTo("hello world");
        assertThat(files.sizeBytes(file)).isEqualTo(11);
    }

    @Test
    void whatWasAppendedCanBeReadBeforeItIsSyncedOrClosed() throws IOException {
        Path file = directory.resolve("a");
        try (AppendFile appended = files.create(file)) {
            appended.append(bytes("hello"), 0, 5);
            assertThat(text(file)).isEqualTo("hello");
            appended.append(bytes("!"), 0, 1);
            assertThat(text(file)).isEqualTo("hello!");
        }
    }

    @Test
    void largeAppendsAreReadBackAtAnyPosition() throws IOException {
        Path file = directory.resolve("large");
        byte[] content = pattern(LARGE_BYTES);
        try (AppendFile appended = files.create(file)) {
            appended.append(content, 0, 70_001);
            appended.append(content, 70_001, LARGE_BYTES - 70_001);
        }
        try (ReadFile read = files.open(file)) {
            assertThat(read.sizeBytes()).isEqualTo(LARGE_BYTES);
            assertThat(range(read, 0, LARGE_BYTES)).isEqualTo(content);
            assertThat(range(read, 4_095, 8_194)).isEqualTo(Arrays.copyOfRange(content, 4_095, 12_289));
            assertThat(range(read, LARGE_BYTES - 1, 1)).containsExactly(content[LARGE_BYTES - 1]);
            assertThat(range(read, LARGE_BYTES, 0)).isEmpty();
        }
    }

    @Test
    void readingFillsOnlyTheGivenPartOfTheArray() throws IOException {
        Path file = write("a", "hello");
        byte[] target = bytes(".......");
        try (ReadFile read = files.open(file)) {
            read.readFully(1, target, 2, 3);
        }
        assertThat(new String(target, UTF_8)).isEqualTo("..ell..");
    }

    @Test
    void readingPastTheEndIsAnEndOfFile() throws IOException {
        Path file = write("a", "hello");
        try (ReadFile read = files.open(file)) {
            assertThatThrownBy(() -> range(read, 3, 3)).isInstanceOf(EOFException.class);
            assertThatThrownBy(() -> range(read, 6, 1)).isInstanceOf(EOFException.class);
            assertThat(range(read, 3, 2)).isEqualTo(bytes("lo"));
        }
    }

    @Test
    void anEmptyFileIsAFile() throws IOException {
        Path file = write("empty", "");
        assertThat(files.exists(file)).isTrue();
        assertThat(files.sizeBytes(file)).isZero();
        assertThat(text(file)).isEmpty();
    }

    @Test
    void whatExistsIsNotCreatedAgain() throws IOException {
        Path file = write("a", "old");
        assertThatThrownBy(() -> files.create(file)).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> files.createSegment(file, 10)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(text(file)).isEqualTo("old");
    }

    @Test
    void whatIsMissingIsReportedAsMissing() {
        Path missing = directory.resolve("missing");
        assertThat(files.exists(missing)).isFalse();
        assertThatThrownBy(() -> files.open(missing)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> files.sizeBytes(missing)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> files.list(missing)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> files.syncDirectory(missing)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> files.rename(missing, directory.resolve("b"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> files.create(missing.resolve("a"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> files.createSegment(missing.resolve("a"), 10)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> files.lock(missing.resolve("a"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void entriesAreListedInTheOrderOfTheirNames() throws IOException {
        write("b", "");
        write("a-10", "");
        write("a-2", "");
        write("B", "");
        files.createDirectories(directory.resolve("c"));
        write("c/inner", "");
        files.createDirectories(directory.resolve("c-sibling"));
        assertThat(files.list(directory))
                .containsExactly(
                        directory.resolve("B"),
                        directory.resolve("a-10"),
                        directory.resolve("a-2"),
                        directory.resolve("b"),
                        directory.resolve("c"),
                        directory.resolve("c-sibling"));
        assertThat(files.list(directory.resolve("c"))).containsExactly(directory.resolve("c/inner"));
        assertThat(files.list(directory.resolve("c-sibling"))).isEmpty();
    }

    @Test
    void directoriesAreCreatedWithTheirParentsAndOnlyOnce() throws IOException {
        Path deep = directory.resolve("x/y/z");
        files.createDirectories(deep);
        files.createDirectories(deep);
        assertThat(files.exists(directory.resolve("x/y"))).isTrue();
        assertThat(files.list(deep)).isEmpty();
        files.syncDirectory(deep);
    }

    @Test
    void aFileIsNoDirectory() throws IOException {
        Path file = write("a", "text");
        assertThatThrownBy(() -> files.createDirectories(file)).isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> files.create(file.resolve("b"))).isInstanceOf(IOException.class);
    }

    @Test
    void renamingReplacesTheTarget() throws IOException {
        Path from = write("from", "new");
        Path to = write("to", "old");
        files.rename(from, to);
        assertThat(files.exists(from)).isFalse();
        assertThat(text(to)).isEqualTo("new");
        assertThat(files.list(directory)).containsExactly(to);
    }

    @Test
    void aRenamedFileStaysOpen() throws IOException {
        Path from = directory.resolve("from");
        Path to = directory.resolve("to");
        try (AppendFile appended = files.create(from)) {
            appended.append(bytes("a"), 0, 1);
            files.rename(from, to);
            appended.append(bytes("b"), 0, 1);
            appended.sync();
        }
        assertThat(text(to)).isEqualTo("ab");
    }

    @Test
    void aLinkIsASecondNameOfTheSameBytes() throws IOException {
        Path file = write("file", "text");
        files.createDirectories(directory.resolve("other"));
        Path link = directory.resolve("other/link");
        files.link(file, link);
        assertThat(text(link)).isEqualTo("text");
        files.delete(file);
        assertThat(files.exists(file)).isFalse();
        assertThat(text(link)).isEqualTo("text");
        files.link(link, file);
        files.rename(write("new", "new"), link);
        assertThat(text(file)).isEqualTo("text");
        assertThat(text(link)).isEqualTo("new");
    }

    @Test
    void aLinkTakesNoNameThatIsTakenAndNeedsAFile() throws IOException {
        Path file = write("file", "text");
        Path taken = write("taken", "other");
        Path missing = directory.resolve("missing");
        assertThatThrownBy(() -> files.link(file, taken)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(text(taken)).isEqualTo("other");
        assertThatThrownBy(() -> files.link(missing, directory.resolve("link")))
                .isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> files.link(file, missing.resolve("link"))).isInstanceOf(NoSuchFileException.class);
        assertThat(files.exists(missing)).isFalse();
    }

    @Test
    void deletingIsIdempotent() throws IOException {
        Path file = write("a", "text");
        files.delete(file);
        files.delete(file);
        assertThat(files.exists(file)).isFalse();
        assertThat(files.list(directory)).isEmpty();
        write("a", "again");
        assertThat(text(file)).isEqualTo("again");
    }

    @Test
    void aDeletedOrReplacedFileCanStillBeReadByWhoHasItOpen() throws IOException {
        Path deleted = write("deleted", "one");
        Path replaced = write("replaced", "two");
        try (ReadFile first = files.open(deleted);
                ReadFile second = files.open(replaced)) {
            files.delete(deleted);
            files.rename(write("new", "new"), replaced);
            assertThat(range(first, 0, 3)).isEqualTo(bytes("one"));
            assertThat(range(second, 0, 3)).isEqualTo(bytes("two"));
        }
        assertThat(text(replaced)).isEqualTo("new");
    }

    @Test
    void aSegmentHasItsSizeAndZerosAtOnce() throws IOException {
        Path file = directory.resolve("segment");
        try (SegmentFile segment = files.createSegment(file, 10_000)) {
            assertThat(segment.sizeBytes()).isEqualTo(10_000);
            assertThat(files.sizeBytes(file)).isEqualTo(10_000);
        }
        try (ReadFile read = files.open(file)) {
            assertThat(range(read, 0, 10_000)).containsOnly(0);
        }
    }

    @Test
    void aSegmentIsWrittenAtAnyPositionAndReadByOthers() throws IOException {
        Path file = directory.resolve("segment");
        try (SegmentFile segment = files.createSegment(file, 10_000)) {
            segment.write(9_997, bytes("end"), 0, 3);
            segment.write(4_094, bytes("xmiddlex"), 1, 6);
            try (ReadFile read = files.open(file)) {
                assertThat(range(read, 4_094, 6)).isEqualTo(bytes("middle"));
            }
            segment.write(0, bytes("start"), 0, 5);
            segment.write(0, bytes("STA"), 0, 3);
            segment.sync();
            segment.sync();
        }
        try (ReadFile read = files.open(file)) {
            assertThat(read.sizeBytes()).isEqualTo(10_000);
            assertThat(range(read, 0, 6)).isEqualTo(bytes("STArt\0"));
            assertThat(range(read, 4_093, 8)).isEqualTo(bytes("\0middle\0"));
            assertThat(range(read, 9_997, 3)).isEqualTo(bytes("end"));
        }
    }

    @Test
    void aSegmentThatWasRenamedIsOpenedAgainWithWhatItHolds() throws IOException {
        Path first = directory.resolve("first");
        Path second = directory.resolve("second");
        try (SegmentFile segment = files.createSegment(first, 10_000)) {
            segment.write(0, bytes("old start"), 0, 9);
            segment.write(9_000, bytes("old end"), 0, 7);
        }
        files.rename(first, second);
        try (SegmentFile segment = files.openSegment(second)) {
            assertThat(segment.sizeBytes()).isEqualTo(10_000);
            segment.write(0, bytes("new"), 0, 3);
            segment.sync();
            assertThatThrownBy(() -> segment.write(9_998, bytes("abc"), 0, 3)).isInstanceOf(IOException.class);
        }
        try (ReadFile read = files.open(second)) {
            assertThat(read.sizeBytes()).isEqualTo(10_000);
            assertThat(range(read, 0, 10)).isEqualTo(bytes("new start\0"));
            assertThat(range(read, 9_000, 7)).isEqualTo(bytes("old end"));
        }
        assertThatThrownBy(() -> files.openSegment(first)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aSegmentNeverGrows() throws IOException {
        Path file = directory.resolve("segment");
        try (SegmentFile segment = files.createSegment(file, 100)) {
            assertThatThrownBy(() -> segment.write(98, bytes("abc"), 0, 3)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> segment.write(-1, bytes("abc"), 0, 3)).isInstanceOf(IOException.class);
            segment.write(97, bytes("abc"), 0, 3);
        }
        assertThat(files.sizeBytes(file)).isEqualTo(100);
    }

    @Test
    void whatIsClosedTakesNoBytesAndIsClosedTwiceWithoutHarm() throws IOException {
        AppendFile appended = files.create(directory.resolve("a"));
        appended.close();
        appended.close();
        assertThatThrownBy(() -> appended.append(bytes("x"), 0, 1)).isInstanceOf(IOException.class);
        SegmentFile segment = files.createSegment(directory.resolve("s"), 10);
        segment.close();
        segment.close();
        assertThatThrownBy(() -> segment.write(0, bytes("x"), 0, 1)).isInstanceOf(IOException.class);
        ReadFile read = files.open(directory.resolve("s"));
        read.close();
        read.close();
        assertThatThrownBy(() -> range(read, 0, 1)).isInstanceOf(IOException.class);
    }

    @Test
    void aLockIsGivenOnceAndAgainAfterItWasClosed() throws IOException {
        Path file = directory.resolve("lock");
        FileLock lock = files.lock(file);
        assertThat(files.exists(file)).isTrue();
        assertThatThrownBy(() -> files.lock(file))
                .isInstanceOf(FileLockedException.class)
                .hasMessageContaining("lock");
        assertThatThrownBy(() -> newFileSystemOnSameDisk().lock(file)).isInstanceOf(FileLockedException.class);
        lock.close();
        lock.close();
        FileLock second = files.lock(file);
        lock.close();
        assertThatThrownBy(() -> files.lock(file)).isInstanceOf(FileLockedException.class);
        second.close();
    }

    @Test
    void aDifferentSpellingOfThePathIsTheSameLock() throws IOException {
        files.createDirectories(directory.resolve("sub"));
        try (FileLock lock = files.lock(directory.resolve("lock"))) {
            assertThat(lock).isNotNull();
            assertThatThrownBy(() -> files.lock(directory.resolve("sub/../lock")))
                    .isInstanceOf(FileLockedException.class);
        }
    }

    @Test
    void tellsHowMuchMayBeWritten() throws IOException {
        assertThat(files.usableBytes(directory)).isPositive();
    }

    /** Another view of the same disk, as another store in this process has. */
    abstract FileSystem newFileSystemOnSameDisk();

    private Path write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        try (AppendFile appended = files.create(file)) {
            appended.append(bytes(text), 0, bytes(text).length);
            appended.sync();
        }
        files.syncDirectory(directory);
        return file;
    }

    private String text(Path file) throws IOException {
        try (ReadFile read = files.open(file)) {
            return new String(range(read, 0, (int) read.sizeBytes()), UTF_8);
        }
    }

    private static byte[] range(ReadFile read, long position, int length) throws IOException {
        byte[] target = new byte[length];
        read.readFully(position, target, 0, length);
        return target;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >>> 8));
        }
        return bytes;
    }
}
