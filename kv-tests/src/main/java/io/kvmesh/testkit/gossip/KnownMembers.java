package io.kvmesh.testkit.gossip;

import io.kvmesh.metadata.NodeStore;
import io.kvmesh.model.NodeId;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** What a member of a {@link GossipRing} remembers, in memory. Confined to the ring's thread. */
final class KnownMembers implements NodeStore {
    private final TreeMap<NodeId, KnownPeer> peers = new TreeMap<>();
    private final TreeMap<String, byte[]> records = new TreeMap<>();

    KnownMembers(List<KnownPeer> remembered) {
        remembered.forEach(this::savePeer);
    }

    @Override
    public List<KnownPeer> peers() {
        return List.copyOf(peers.values());
    }

    @Override
    public void savePeer(KnownPeer peer) {
        peers.put(peer.node(), peer);
    }

    @Override
    public void removePeer(NodeId peer) {
        peers.remove(peer);
    }

    @Override
    public Optional<byte[]> record(String name) {
        return Optional.ofNullable(records.get(name)).map(byte[]::clone);
    }

    @Override
    public void saveRecord(String name, byte[] bytes) {
        records.put(name, bytes.clone());
    }

    @Override
    public void close() {}
}
