package io.kvmesh.transport;

import java.io.IOException;
import java.util.Collection;

/**
 * Carries frames between members. A frame may be lost, delayed, duplicated or overtaken, and nobody is told. Safe for
 * any thread; no call blocks on a peer, and none throws because a peer is dead or unknown.
 *
 * <p>Arrays handed over are owned by the receiver of the call: the sender does not change a frame after sending it, and
 * may send the same array to several peers.
 */
public interface Transport extends AutoCloseable {

    /**
     * Binds and starts to receive.
     *
     * @param receiver called on the transport's threads, one call at a time for frames of one connection (a peer has
     * one,
     *     and for a moment two while connections are replaced); it must not block
     * @return the address at which peers reach this member
     * @throws IOException if the address cannot be bound; the message names it
     */
    PeerAddress start(PeerId self, FrameReceiver receiver) throws IOException;

    /** Sends to a peer whose address was learned; dropped if it was not. */
    void send(PeerId to, byte[] frame, int offset, int length);

    /** Sends to whoever listens at an address, for the first contact. */
    void sendToAddress(PeerAddress to, byte[] frame, int offset, int length);

    /** Takes note of where a peer listens. Must happen before the first {@link #send} to it. */
    void learn(PeerId peer, PeerAddress address);

    /** Closes the connections to all peers but these. */
    void retain(Collection<PeerId> live);

    /** Stops receiving and closes all connections. Idempotent. */
    @Override
    void close();

    /** Takes frames off the transport. */
    @FunctionalInterface
    interface FrameReceiver {
        /** The array belongs to the receiver from here on; only the given range holds the frame. */
        void onFrame(PeerId from, byte[] buffer, int offset, int length);
    }
}
