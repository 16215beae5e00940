package io.kvmesh.storage.sstable;

import io.kvmesh.runtime.FileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Counts how often files are read. Not safe for several threads. */
final class CountingFileSystem implements FileSystem {
    private final FileSystem files;
    private int reads;

    CountingFileSystem(FileSystem files) {
        this.files = files;
    }

    int reads() {
        return reads;
    }

    @Override
    public ReadFile open(Path path) throws IOException {
        ReadFile file = files.open(path);
        return new ReadFile() {
            @Override
            public void readFully(long position, byte[] target, int offset, int length) throws IOException {
                reads++;
                file.readFully(position, target, offset, length);
            }

            @Override
            public long sizeBytes() {
                return file.sizeBytes();
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
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
    public SegmentFile createSegment(Path file, long sizeBytes) throws IOException {
        return files.createSegment(file, sizeBytes);
    }

    @Override
    public SegmentFile openSegment(Path file) throws IOException {
        return files.openSegment(file);
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
