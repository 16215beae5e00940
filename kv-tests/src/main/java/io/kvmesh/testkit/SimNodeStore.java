package io.kvmesh.testkit;

import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A node store on a {@link SimDisk}: every change is one durable step. Confined to the simulation's thread. */
final class SimNodeStore implements NodeStore {
    private final SimDisk disk;
    private final long mount;
    private final Path directory;
    private final NodeRecords records;
    private boolean closed;

    SimNodeStore(SimDisk disk, Path directory) {
        this.disk = disk;
        this.mount = disk.mountNumber();
        this.directory = directory;
        records = call(() -> disk.nodeRecords(directory));
    }

    @Override
    public List<KnownPeer> peers() {
        return call(records::peers);
    }

    @Override
    public void savePeer(KnownPeer peer) {
        change(() -> records.put(peer));
    }

    @Override
    public void removePeer(NodeId peer) {
        change(() -> records.remove(peer));
    }

    @Override
    public Optional<byte[]> record(String name) {
        return call(() -> records.named(name));
    }

    @Override
    public void saveRecord(String name, byte[] bytes) {
        change(() -> records.put(name, bytes));
    }

    @Override
    public void close() {
        closed = true;
    }

    private void change(Runnable change) {
        call(() -> {
            change.run();
            return records;
        });
    }

    private <T> T call(Supplier<T> work) {
        if (closed) {
            throw new IllegalStateException("the node store in " + directory + " is closed");
        }
        try {
            return disk.io().call(mount, IoOperation.NODE_STORE, directory, 0, work::get);
        } catch (IOException e) {
            throw new NodeStoreException("the node store in " + directory + " failed: " + e.getMessage(), e);
        }
    }
}
