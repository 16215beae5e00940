package io.kvmesh.storage;

import io.kvmesh.runtime.FileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Passes calls on to another file system and knows which writes to the log a completed sync covers. A write is known by
 * the mark in its value. Safe for any thread.
 */
final class SyncTrackingFileSystem implements FileSystem {
    /** The bytes that stand in front of a write's number in its value. */
    static final long MARK = 0x6B76_6D65_7368_2121L;

    private static final long SYNC_NANOS = 50_000;

    private final FileSystem files;
    private final Set<Long> durable = ConcurrentHashMap.newKeySet();

    SyncTrackingFileSystem(FileSystem files) {
        this.files = files;
    }

    /** Whether a sync that began after the write has ended. */
    boolean isDurable(long number) {
        return durable.contains(number);
    }

    @Override
    public SegmentFile createSegment(Path file, long sizeBytes) throws IOException {
        return tracking(files.createSegment(file, sizeBytes));
    }

    @Override
    public SegmentFile openSegment(Path file) throws IOException {
        return tracking(files.openSegment(file));
    }

    private SegmentFile tracking(SegmentFile content) {
        return new SegmentFile() {
            private final List<Long> written = new ArrayList<>();

            @Override
            public void write(long position, byte[] bytes, int offset, int length) throws IOException {
                content.write(position, bytes, offset, length);
                noteNumbers(bytes, offset, length);
            }

            private synchronized void noteNumbers(byte[] bytes, int offset, int length) {
                for (int at = offset; at + 2 * Long.BYTES <= offset + length; at++) {
                    if (longAt(bytes, at) == MARK) {
                        written.add(longAt(bytes, at + Long.BYTES));
                    }
                }
            }

            private synchronized List<Long> takeWritten() {
                List<Long> taken = List.copyOf(written);
                written.clear();
                return taken;
            }

            @Override
            public void sync() {
                // Only what was written before the sync began is covered by it. Takes its time, as a disk does.
                List<Long> covered = takeWritten();
                LockSupport.parkNanos(SYNC_NANOS);
                durable.addAll(covered);
            }

            @Override
            public long sizeBytes() {
                return content.sizeBytes();
            }

            @Override
            public void close() throws IOException {
                content.close();
            }
        };
    }

    private static long longAt(byte[] bytes, int at) {
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = value << 8 | (bytes[at + i] & 0xFF);
        }
        return value;
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        files.createDirectories(directory);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        return files.list(directory);
    }

    @Override
    public boolean exists(Path path) {
        return files.exists(path);
    }

    @Override
    public long sizeBytes(Path file) throws IOException {
        return files.sizeBytes(file);
    }

    @Override
    public AppendFile create(Path file) throws IOException {
        return files.create(file);
    }

    @Override
    public ReadFile open(Path file) throws IOException {
        return files.open(file);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        files.rename(from, to);
    }

    @Override
    public void link(Path existing, Path link) throws IOException {
        files.link(existing, link);
    }

    @Override
    public void delete(Path file) throws IOException {
        files.delete(file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        files.syncDirectory(directory);
    }

    @Override
    public FileLock lock(Path file) throws IOException {
        return files.lock(file);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return files.usableBytes(directory);
    }
}
