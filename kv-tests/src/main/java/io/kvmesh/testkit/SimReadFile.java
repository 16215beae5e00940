package io.kvmesh.testkit;

import io.kvmesh.runtime.FileSystem.ReadFile;
import java.io.EOFException;
import java.io.IOException;
import java.util.Objects;

/** A file of a {@link SimDisk} open for reading. Confined to the simulation's thread. */
final class SimReadFile implements ReadFile {
    private final SimHandle handle;
    private final long sizeBytes;

    SimReadFile(SimHandle handle) {
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
        handle.call(IoOperation.READ, length);
        if (position > handle.file().sizeBytes() - length) {
            throw new EOFException(handle.path() + " ends before position " + (position + length));
        }
        handle.file().read(position, target, offset, length);
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
