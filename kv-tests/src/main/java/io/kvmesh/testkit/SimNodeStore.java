package io.kvmesh.testkit;

import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Token;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

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
        call();
        records = disk.nodeRecords(directory);
    }

    @Override
    public List<Token> tokens() {
        call();
        return records.tokens();
    }

    @Override
    public void saveTokens(List<Token> tokens) {
        call();
        records.replaceTokens(tokens);
    }

    @Override
    public List<KnownPeer> peers() {
        call();
        return records.peers();
    }

    @Override
    public void savePeer(KnownPeer peer) {
        call();
        records.put(peer);
    }

    @Override
    public void removePeer(NodeId peer) {
        call();
        records.remove(peer);
    }

    @Override
    public void close() {
        closed = true;
    }

    private void call() {
        if (closed) {
            throw new IllegalStateException("the node store in " + directory + " is closed");
        }
        try {
            disk.call(mount, IoOperation.NODE_STORE, directory, 0);
        } catch (IOException e) {
            throw new NodeStoreException("the node store in " + directory + " failed: " + e.getMessage(), e);
        }
    }
}
