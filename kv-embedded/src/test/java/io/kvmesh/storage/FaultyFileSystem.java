package io.kvmesh.storage;

import io.kvmesh.runtime.FileSystem;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Passes calls on to another file system, records those that change the disk, and fails them from a chosen one on as a
 * full disk does. Syncs are recorded but not passed on, since these tests cut no power. Used by one thread, except for
 * its recording.
 */
final class FaultyFileSystem implements FileSystem {
    private final FileSystem files;
    private final List<String> calls = new ArrayList<>();
    private int failFrom = Integer.MAX_VALUE;
    private volatile long usableBytesMax = Long.MAX_VALUE;

    FaultyFileSystem(FileSystem files) {
        this.files = files;
    }

    /** Fails the changing call after the given number of further ones, and all behind it. */
    synchronized void failAfter(int further) {
        failFrom = calls.size() + further;
    }

    /** Tells of no more free space than this, from now on. */
    void limitUsable(long bytesMax) {
        usableBytesMax = bytesMax;
    }

    synchronized void heal() {
        failFrom = Integer.MAX_VALUE;
    }

    synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    private synchronized void change(String what, Path file) throws IOException {
        calls.add(what + " " + file.getFileName());
        if (calls.size() > failFrom) {
            throw new FileSystemException(file.toString(), null, "No space left on device");
        }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        change("mkdir", directory);
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
        change("create", file);
        AppendFile content = files.create(file);
        return new AppendFile() {
            @Override
            public void append(byte[] bytes, int offset, int length) throws IOException {
                change("append", file);
                content.append(bytes, offset, length);
            }

            @Override
            public long positionBytes() {
                return content.positionBytes();
            }

            @Override
            public void sync() throws IOException {
                change("sync", file);
            }

            @Override
            public void close() throws IOException {
                content.close();
            }
        };
    }

    @Override
    public ReadFile open(Path file) throws IOException {
        return files.open(file);
    }

    @Override
    public SegmentFile createSegment(Path file, long sizeBytes) throws IOException {
        change("segment", file);
        return recording(file, files.createSegment(file, sizeBytes));
    }

    @Override
    public SegmentFile openSegment(Path file) throws IOException {
        return recording(file, files.openSegment(file));
    }

    private SegmentFile recording(Path file, SegmentFile content) {
        return new SegmentFile() {
            @Override
            public void write(long position, byte[] bytes, int offset, int length) throws IOException {
                // Not counted: space for it was taken when the segment was made.
                content.write(position, bytes, offset, length);
            }

            @Override
            public void sync() throws IOException {
                change("sync", file);
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

    @Override
    public void rename(Path from, Path to) throws IOException {
        change("rename", to);
        files.rename(from, to);
    }

    @Override
    public void link(Path existing, Path link) throws IOException {
        change("link", link);
        files.link(existing, link);
    }

    @Override
    public void delete(Path file) throws IOException {
        change("delete", file);
        files.delete(file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        change("syncDirectory", directory);
    }

    @Override
    public FileLock lock(Path file) throws IOException {
        return files.lock(file);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return Math.min(usableBytesMax, files.usableBytes(directory));
    }
}
