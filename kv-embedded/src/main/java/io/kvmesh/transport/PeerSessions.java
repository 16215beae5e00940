package io.kvmesh.transport;

import io.kvmesh.model.NodeId;

/**
 * Which peers this member can talk to. A session is agreed by hello and acknowledgement, both carrying identity,
 * generation, address, cluster name, partition count and protocol version. Safe for any thread; no call blocks.
 */
public interface PeerSessions {

    /** Says hello to whoever listens at an address, again and again, until a session is agreed or refused. */
    void connect(PeerAddress address);

    /** Says hello to a known member, again and again, until a session with this generation or a later one is agreed. */
    void connect(PeerId peer, PeerAddress address);

    /** Ends the session with a member, fails its pending requests, closes its connection and stops saying hello. */
    void disconnect(NodeId peer);

    /** Learns of changes. Called on the control lane. */
    interface Listener {
        /** A session with a peer, or with a later generation of it, was agreed. */
        void onSession(PeerId peer, PeerAddress address);

        /** The member at an address refused to talk to this one, or this one to it. */
        void onRejected(PeerAddress address, String reason);
    }
}
