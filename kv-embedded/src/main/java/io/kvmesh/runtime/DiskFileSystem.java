package io.kvmesh.runtime;

import java.io.EOFException;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of the operating system. Safe for any thread.
 *
 * <p>A thread that is interrupted does not disturb its own or another thread's file access: the interruption is kept
 * for the caller to see, and the access completes. Files and directories are created for their owner only where the
 * operating system knows such permissions.
 */
public final class DiskFileSystem implements FileSystem {
    private static final int TRANSFER_BYTES_MAX = 128 * 1024;

    private static final int PAGE_BYTES = 4 * 1024;

    /**
     * The locks held by this process. POSIX gives a lock to the process, not to the one who asked for it, and releases
     * it when any descriptor of the file is closed. So whoever asks a second time must be refused before it opens the
     * file, and this knowledge is the process's as the lock is.
     */
    private static final Set<Path> LOCKED_BY_THIS_PROCESS = ConcurrentHashMap.newKeySet();

    @Override
    public void createDirectories(Path directory) throws IOException {
        Files.createDirectories(directory, ownerOnly(directory, "rwx------"));
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public boolean exists(Path path) {
        return Files.exists(path);
    }

    @Override
    public long sizeBytes(Path file) throws IOException {
        return Files.size(file);
    }

    @Override
    public AppendFile create(Path file) throws IOException {
        Files.createFile(file, ownerOnly(file, "rw-------"));
        return new DiskAppendFile(new FileOutputStream(file.toFile(), true));
    }

    @Override
    public ReadFile open(Path file) throws IOException {
        return new DiskReadFile(file);
    }

    /**
     * The stream truncates the file, although that is empty: after this ext4 begins to write the zeros when the stream
     * is closed, which has the blocks allocated before the first sync.
     */
    @Override
    public SegmentFile createSegment(Path file, long sizeBytes) throws IOException {
        return createSegment(file, sizeBytes, () -> new FileOutputStream(file.toFile()));
    }

    @Override
    public SegmentFile createRarelySyncedSegment(Path file, long sizeBytes) throws IOException {
        return createSegment(file, sizeBytes, () -> new FileOutputStream(file.toFile(), true));
    }

    private static SegmentFile createSegment(Path file, long sizeBytes, FileAccess<FileOutputStream> opening)
            throws IOException {
        checkSegmentSize(sizeBytes);
        Files.createFile(file, ownerOnly(file, "rw-------"));
        try {
            try (FileOutputStream output = opening.run()) {
                fillWithZeros(output, sizeBytes);
            }
            return new DiskSegmentFile(file, map(file, sizeBytes));
        } catch (IOException | RuntimeException e) {
            deleteAfter(e, file);
            throw e;
        }
    }

    @Override
    public SegmentFile openSegment(Path file) throws IOException {
        long sizeBytes = Files.size(file);
        checkSegmentSize(sizeBytes);
        return new DiskSegmentFile(file, map(file, sizeBytes));
    }

    private static void checkSegmentSize(long sizeBytes) {
        Invariants.check(
                sizeBytes > 0 && sizeBytes <= Integer.MAX_VALUE,
                "a segment has 1 to %d bytes, not %d",
                Integer.MAX_VALUE,
                sizeBytes);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void link(Path existing, Path link) throws IOException {
        try {
            Files.createLink(link, existing);
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            // No links on this disk, not across these two, or too many of this file.
            copy(existing, link);
        }
    }

    /** What takes the place of a link. Should the disk be full or broken, this says so. */
    void copy(Path existing, Path target) throws IOException {
        boolean complete = false;
        try (ReadFile source = open(existing);
                AppendFile copied = create(target)) {
            byte[] bytes = new byte[TRANSFER_BYTES_MAX];
            for (long position = 0; position < source.sizeBytes(); position += bytes.length) {
                int length = (int) Math.min(bytes.length, source.sizeBytes() - position);
                source.readFully(position, bytes, 0, length);
                copied.append(bytes, 0, length);
            }
            copied.sync();
            complete = true;
        } catch (FileAlreadyExistsException e) {
            // Not ours to delete.
            complete = true;
            throw e;
        } finally {
            if (!complete) {
                Files.deleteIfExists(target);
            }
        }
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        if (File.separatorChar == '\\') {
            // Windows cannot open a directory and writes its entries in order by itself.
            return;
        }
        uninterrupted(() -> {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
                return true;
            }
        });
    }

    @Override
    public FileLock lock(Path file) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        Path name = file.getFileName();
        if (parent == null || name == null) {
            throw new NoSuchFileException(file.toString());
        }
        Path real = parent.toRealPath().resolve(name.toString());
        if (!LOCKED_BY_THIS_PROCESS.add(real)) {
            throw new FileLockedException(file + " is locked by this process");
        }
        boolean locked = false;
        try {
            DiskFileLock lock = new DiskFileLock(real, lockedChannel(file));
            locked = true;
            return lock;
        } finally {
            if (!locked) {
                LOCKED_BY_THIS_PROCESS.remove(real);
            }
        }
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    private static FileChannel lockedChannel(Path file) throws IOException {
        FileChannel channel = FileChannel.open(
                file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), ownerOnly(file, "rw-------"));
        boolean locked = false;
        try {
            if (channel.tryLock() == null) {
                throw new FileLockedException(file + " is locked by another process");
            }
            locked = true;
            return channel;
        } catch (OverlappingFileLockException e) {
            FileLockedException held = new FileLockedException(file + " is locked by this process");
            held.initCause(e);
            throw held;
        } finally {
            if (!locked) {
                channel.close();
            }
        }
    }

    private static FileAttribute<?>[] ownerOnly(Path path, String permissions) {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        };
    }

    /**
     * In small steps: some file systems keep in memory as one piece what was written as one, and then a sync of a few
     * bytes writes all of that piece.
     */
    private static void fillWithZeros(FileOutputStream output, long sizeBytes) throws IOException {
        byte[] zeros = new byte[(int) Math.min(sizeBytes, PAGE_BYTES)];
        for (long left = sizeBytes; left > 0; ) {
            int count = (int) Math.min(left, zeros.length);
            output.write(zeros, 0, count);
            left -= count;
        }
    }

    private static MappedByteBuffer map(Path file, long sizeBytes) throws IOException {
        return uninterrupted(() -> {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                // The mapping outlives its channel.
                return channel.map(FileChannel.MapMode.READ_WRITE, 0, sizeBytes);
            }
        });
    }

    private static void deleteAfter(Exception failure, Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** An access to a file. */
    private interface FileAccess<T> {
        T run() throws IOException;
    }

    private static <T> T uninterrupted(FileAccess<T> access) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return access.run();
                } catch (ClosedByInterruptException e) {
                    Thread.interrupted();
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Appends through a stream, since streams ignore interruption. One thread at a time. */
    private static final class DiskAppendFile implements AppendFile {
        private final FileOutputStream output;
        private long positionBytes;

        DiskAppendFile(FileOutputStream output) {
            this.output = output;
        }

        @Override
        public void append(byte[] bytes, int offset, int length) throws IOException {
            for (int done = 0; done < length; ) {
                int count = Math.min(length - done, TRANSFER_BYTES_MAX);
                output.write(bytes, offset + done, count);
                done += count;
                positionBytes += count;
            }
        }

        @Override
        public long positionBytes() {
            return positionBytes;
        }

        @Override
        public void sync() throws IOException {
            output.getFD().sync();
        }

        @Override
        public void close() throws IOException {
            output.close();
        }
    }

    /** Reads at positions; opens the file again when the interruption of some reader closed the channel. */
    private static final class DiskReadFile implements ReadFile {
        private final Path file;
        private final long sizeBytes;
        private volatile FileChannel channel;
        private volatile boolean closed;

        DiskReadFile(Path file) throws IOException {
            this.file = file;
            channel = openChannel(file);
            sizeBytes = uninterruptedSize();
        }

        private static FileChannel openChannel(Path file) throws IOException {
            return FileChannel.open(file, StandardOpenOption.READ);
        }

        private long uninterruptedSize() throws IOException {
            try {
                return Files.size(file);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        }

        @Override
        public void readFully(long position, byte[] target, int offset, int length) throws IOException {
            boolean interrupted = false;
            try {
                for (int done = 0; done < length; ) {
                    FileChannel used = channel;
                    int count = Math.min(length - done, TRANSFER_BYTES_MAX);
                    try {
                        int read = used.read(ByteBuffer.wrap(target, offset + done, count), position + done);
                        if (read < 0) {
                            throw new EOFException(file + " ends before position " + (position + length));
                        }
                        done += read;
                    } catch (ClosedChannelException e) {
                        interrupted |= Thread.interrupted();
                        reopen(used, e);
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private synchronized void reopen(FileChannel used, ClosedChannelException cause) throws IOException {
            if (closed) {
                throw cause;
            }
            if (channel == used) {
                channel = openChannel(file);
            }
        }

        @Override
        public long sizeBytes() {
            return sizeBytes;
        }

        @Override
        public synchronized void close() throws IOException {
            closed = true;
            channel.close();
        }
    }

    /**
     * A mapped file. The mapping itself is released when the garbage collector finds it unused, so a deleted segment's
     * disk space comes back only then.
     */
    private static final class DiskSegmentFile implements SegmentFile {
        private final Path file;
        private final long sizeBytes;
        private volatile @Nullable MappedByteBuffer buffer;
        /** The range that was written since the last sync; guarded by this. */
        private int dirtyFrom = Integer.MAX_VALUE;

        private int dirtyTo;

        DiskSegmentFile(Path file, MappedByteBuffer buffer) {
            this.file = file;
            this.sizeBytes = buffer.capacity();
            this.buffer = buffer;
        }

        @Override
        public void write(long position, byte[] bytes, int offset, int length) throws IOException {
            MappedByteBuffer target = buffer;
            if (target == null) {
                throw new ClosedChannelException();
            }
            if (position < 0 || length < 0 || position > sizeBytes - length) {
                throw new IOException("writing " + length + " bytes at " + position + " exceeds the " + sizeBytes
                        + " bytes of " + file);
            }
            try {
                target.put((int) position, bytes, offset, length);
            } catch (InternalError e) {
                // The JVM turns a fault of the mapped page, that is a failed disk, into this error.
                throw new IOException("the disk failed under " + file, e);
            }
            markDirty((int) position, (int) position + length);
        }

        private synchronized void markDirty(int from, int to) {
            dirtyFrom = Math.min(dirtyFrom, from);
            dirtyTo = Math.max(dirtyTo, to);
        }

        @Override
        public void sync() throws IOException {
            MappedByteBuffer target = buffer;
            if (target == null) {
                throw new ClosedChannelException();
            }
            int from;
            int to;
            synchronized (this) {
                from = dirtyFrom;
                to = dirtyTo;
                dirtyFrom = Integer.MAX_VALUE;
                dirtyTo = 0;
            }
            if (from >= to) {
                return;
            }
            try {
                target.force(from, to - from);
            } catch (UncheckedIOException e) {
                throw e.getCause();
            } catch (InternalError e) {
                throw new IOException("the disk failed under " + file, e);
            }
        }

        @Override
        public long sizeBytes() {
            return sizeBytes;
        }

        @Override
        public void close() {
            buffer = null;
        }
    }

    private static final class DiskFileLock implements FileLock {
        private final Path real;
        private final FileChannel channel;

        DiskFileLock(Path real, FileChannel channel) {
            this.real = real;
            this.channel = channel;
        }

        @Override
        public void close() throws IOException {
            if (channel.isOpen()) {
                try {
                    channel.close();
                } finally {
                    LOCKED_BY_THIS_PROCESS.remove(real);
                }
            }
        }
    }
}
