package io.kvmesh.testkit;

import io.kvmesh.runtime.FileSystem.ReadFile;
import io.kvmesh.runtime.FileSystem.SegmentFile;
import java.io.IOException;
import java.util.Objects;

/**
 * A file of a {@link SimDisk} that does not grow while it is open: an existing one open for reading, or a preallocated
 * one for writing. Confined to the simulation's thread.
 */
final class SimFixedFile implements ReadFile, SegmentFile {
    private final SimHandle handle;
    private final long sizeBytes;

    SimFixedFile(SimHandle handle) {
        this.handle = handle;
        sizeBytes = handle.file().sizeBytes();
    }

    @Override
    public void readFully(long position, byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (position < 0) {
            throw new IllegalArgumentException(
                    "position " + position + " of " + handle.path() + " must not be negative");
        }
        handle.read(position, target, offset, length);
    }

    @Override
    public void write(long position, byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (position < 0 || position > sizeBytes - length) {
            throw new IOException("writing " + length + " bytes at " + position + " exceeds the " + sizeBytes
                    + " bytes of " + handle.path());
        }
        handle.write(IoOperation.WRITE, position, bytes, offset, length);
    }

    @Override
    public void sync() throws IOException {
        handle.sync();
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public void close() {
        handle.close();
    }
}
