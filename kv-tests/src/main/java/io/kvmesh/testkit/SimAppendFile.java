package io.kvmesh.testkit;

import io.kvmesh.runtime.FileSystem.AppendFile;
import java.io.IOException;
import java.util.Objects;

/** A file of a {@link SimDisk} open for appending. Confined to the simulation's thread. */
final class SimAppendFile implements AppendFile {
    private final SimHandle handle;

    SimAppendFile(SimHandle handle) {
        this.handle = handle;
    }

    @Override
    public void append(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        int room = (int) handle.disk().roomFor(length);
        handle.write(IoOperation.APPEND, handle.file().sizeBytes(), bytes, offset, room);
        if (room < length) {
            throw new IOException(handle.path() + ": " + IoFaults.DISK_FULL);
        }
    }

    @Override
    public long positionBytes() {
        return handle.file().sizeBytes();
    }

    @Override
    public void sync() throws IOException {
        handle.sync();
    }

    @Override
    public void close() {
        handle.close();
    }
}
