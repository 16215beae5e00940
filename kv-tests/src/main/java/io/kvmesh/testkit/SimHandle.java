package io.kvmesh.testkit;

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

    /** Counts a call, and fails if it is meant to. */
    void call(IoOperation operation, long bytes) throws IOException {
        checkOpen();
        disk.call(mount, operation, path, bytes);
    }

    /** Brings the bytes to stable storage, or fails and leaves it open which of them are there. */
    void sync() throws IOException {
        checkOpen();
        boolean synced = false;
        try {
            disk.call(mount, IoOperation.SYNC, path, 0);
            file.sync();
            synced = true;
        } finally {
            if (!synced && disk.isMounted(mount)) {
                file.syncFailed();
            }
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
