package io.kvmesh.testkit;

import io.kvmesh.metadata.NodeStore.KnownPeer;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Token;
import java.util.List;
import java.util.TreeMap;

/** What a node store holds, as it lies on a {@link SimDisk}. Confined to the simulation's thread. */
final class NodeRecords {
    private final TreeMap<NodeId, KnownPeer> peers = new TreeMap<>();
    private List<Token> tokens = List.of();

    List<Token> tokens() {
        return tokens;
    }

    void replaceTokens(List<Token> newTokens) {
        tokens = newTokens.stream().sorted().toList();
    }

    List<KnownPeer> peers() {
        return List.copyOf(peers.values());
    }

    void put(KnownPeer peer) {
        peers.put(peer.node(), peer);
    }

    void remove(NodeId peer) {
        peers.remove(peer);
    }
}
