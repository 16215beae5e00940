package io.kvmesh.testkit;

import io.kvmesh.runtime.FileSystem.SegmentFile;
import java.io.IOException;
import java.util.Objects;

/** A preallocated file of a {@link SimDisk}. Confined to the simulation's thread. */
final class SimSegmentFile implements SegmentFile {
    private final SimHandle handle;
    private final long sizeBytes;

    SimSegmentFile(SimHandle handle) {
        this.handle = handle;
        sizeBytes = handle.file().sizeBytes();
    }

    @Override
    public void write(long position, byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (position < 0 || position > sizeBytes - length) {
            throw new IOException("writing " + length + " bytes at " + position + " exceeds the " + sizeBytes
                    + " bytes of " + handle.path());
        }
        handle.checkOpen();
        try {
            handle.call(IoOperation.WRITE, length);
        } catch (IOException e) {
            handle.file().write(position, bytes, offset, handle.disk().drawWrittenPart(length));
            throw e;
        }
        handle.file().write(position, bytes, offset, length);
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
