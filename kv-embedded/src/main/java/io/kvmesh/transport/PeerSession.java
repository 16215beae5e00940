package io.kvmesh.transport;

/**
 * What is known of one generation of a peer, and what its unanswered requests hold of the budget. Created and changed
 * on the control lane, read by any thread; the budget is safe for any thread.
 */
final class PeerSession extends PeerBudget {
    final PeerId peer;
    private volatile PeerAddress address;
    private volatile boolean agreed;
    private volatile boolean closed;

    PeerSession(PeerId peer, PeerAddress address) {
        this.peer = peer;
        this.address = address;
    }

    PeerAddress address() {
        return address;
    }

    void setAddress(PeerAddress newAddress) {
        address = newAddress;
    }

    /** Whether the peer acknowledged our hello, so that it accepts requests. Until then only its requests are. */
    boolean isAgreed() {
        return agreed;
    }

    void setAgreed(boolean nowAgreed) {
        agreed = nowAgreed;
    }

    boolean isClosed() {
        return closed;
    }

    void close() {
        agreed = false;
        closed = true;
    }
}
