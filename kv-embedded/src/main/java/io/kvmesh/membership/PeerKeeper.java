package io.kvmesh.membership;

import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStore.KnownPeer;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Saves what this member must remember of others: generations and addresses, never heartbeats, and who departed.
 * Confined to the control lane. What changes before there is a store, or fails to be saved, is saved later.
 */
final class PeerKeeper {
    private final GossipTable table;
    private final Departures departures;
    private final RingRecords records;
    private final Membership.Listener listener;
    private final SortedSet<NodeId> unsaved = new TreeSet<>();
    private final SortedMap<NodeId, KnownPeer> saved = new TreeMap<>();
    private @Nullable NodeStore store;
    private boolean failed;

    PeerKeeper(GossipTable table, Departures departures, RingRecords records, Membership.Listener listener) {
        this.table = table;
        this.departures = departures;
        this.records = records;
        this.listener = listener;
    }

    /** The store, which holds these peers, can be used from here on. */
    void attach(NodeStore nodeStore, List<KnownPeer> peers) {
        store = nodeStore;
        for (KnownPeer peer : peers) {
            saved.put(peer.node(), peer);
            if (departures.includes(new PeerId(peer.node(), peer.generation()))) {
                unsaved.add(peer.node());
            }
        }
        for (EndpointState state : table.states()) {
            unsaved.add(state.peer().node());
        }
    }

    /** Something of a member changed that may have to be saved. */
    void onChanged(NodeId node) {
        unsaved.add(node);
    }

    /** Saves what changed. A failure is reported once, and what could not be saved is tried again at the next call. */
    void flush() {
        NodeStore target = store;
        if (target == null) {
            return;
        }
        try {
            saveDepartures();
            while (!unsaved.isEmpty()) {
                save(target, unsaved.first());
                unsaved.remove(unsaved.first());
            }
            failed = false;
        } catch (NodeStoreException e) {
            if (!failed) {
                failed = true;
                listener.onNodeStoreFailure(e);
            }
        }
    }

    /** Before the peers: who is removed from these must not come back by what others tell. */
    private void saveDepartures() {
        if (departures.takeChanged()) {
            try {
                records.saveDepartures(departures.all());
            } catch (NodeStoreException e) {
                departures.keepChanged();
                throw e;
            }
        }
    }

    private void save(NodeStore target, NodeId node) {
        EndpointState state = table.state(node);
        if (state == null) {
            if (saved.containsKey(node)) {
                target.removePeer(node);
                saved.remove(node);
            }
            return;
        }
        if (state == table.self()) {
            return;
        }
        PeerAddress address = state.address();
        if (address == null) {
            return;
        }
        KnownPeer peer = new KnownPeer(node, state.peer().generation(), address.host(), address.port());
        if (!peer.equals(saved.get(node))) {
            target.savePeer(peer);
            saved.put(node, peer);
        }
    }
}
