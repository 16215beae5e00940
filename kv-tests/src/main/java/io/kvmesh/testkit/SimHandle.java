package io.kvmesh.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;

/** What one process has open of one file. Confined to the simulation's thread. */
final class SimHandle {
    private final SimDisk disk;
    private final long mount;
    private final Path path;
    private final SimFile file;
    private boolean closed;

    SimHandle(SimDisk disk, long mount, Path path, SimFile file) {
        this.disk = disk;
        this.mount = mount;
        this.path = path;
        this.file = file;
        disk.opened(file);
    }

    SimDisk disk() {
        return disk;
    }

    Path path() {
        return path;
    }

    SimFile file() {
        return file;
    }

    /** Reads bytes that are there; on a disk that damages them on the way, they are not what is stored. */
    void read(long position, byte[] target, int offset, int length) throws IOException {
        checkOpen();
        disk.io().call(mount, IoOperation.READ, path, length, () -> {
            if (position > file.sizeBytes() - length) {
                throw new EOFException(path + " ends before position " + (position + length));
            }
            file.read(position, target, offset, length);
            disk.faults().damage(target, offset, length);
            return file;
        });
    }

    /** Writes bytes, or fails and has written a part of them. */
    void write(IoOperation operation, long position, byte[] bytes, int offset, int length) throws IOException {
        checkOpen();
        disk.io().transfer(mount, operation, path, length, count -> {
            disk.grow(file, position + count);
            file.write(position, bytes, offset, count);
        });
    }

    /** Brings the bytes to stable storage, or fails and leaves it open which of them are there. */
    void sync() throws IOException {
        checkOpen();
        try {
            disk.io().call(mount, IoOperation.SYNC, path, 0, () -> {
                file.sync();
                return file;
            });
        } catch (IOException e) {
            file.syncFailed();
            throw e;
        }
    }

    void close() {
        // What was open when its process died is closed already.
        if (!closed && disk.isMounted(mount)) {
            disk.closed(file);
        }
        closed = true;
    }

    /** @throws ClosedChannelException if it was closed */
    void checkOpen() throws ClosedChannelException {
        disk.checkMounted(mount, path);
        if (closed) {
            throw new ClosedChannelException();
        }
    }
}
