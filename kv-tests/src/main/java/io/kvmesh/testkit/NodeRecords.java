package io.kvmesh.testkit;

import io.kvmesh.metadata.NodeStore.KnownPeer;
import io.kvmesh.model.NodeId;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** What a node store holds, as it lies on a {@link SimDisk}. Confined to the simulation's thread. */
final class NodeRecords {
    private final TreeMap<NodeId, KnownPeer> peers = new TreeMap<>();
    private final TreeMap<String, byte[]> named = new TreeMap<>();

    List<KnownPeer> peers() {
        return List.copyOf(peers.values());
    }

    void put(KnownPeer peer) {
        peers.put(peer.node(), peer);
    }

    Optional<byte[]> named(String name) {
        return Optional.ofNullable(named.get(name)).map(byte[]::clone);
    }

    void put(String name, byte[] bytes) {
        named.put(name, bytes.clone());
    }

    void remove(NodeId peer) {
        peers.remove(peer);
    }
}
