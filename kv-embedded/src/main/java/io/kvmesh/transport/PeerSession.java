package io.kvmesh.transport;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is known of one generation of a peer, and what its unanswered requests hold of the budget. Created and changed
 * on the control lane, read by any thread; the budget is safe for any thread.
 */
final class PeerSession {
    final PeerId peer;
    private final AtomicInteger messages = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
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

    /** Takes one message from the budget, or nothing if there is too little left. */
    boolean tryHold(int frameBytes, MessengerLimits limits) {
        if (messages.incrementAndGet() > limits.peerMessagesMax()) {
            messages.decrementAndGet();
            return false;
        }
        if (bytes.addAndGet(frameBytes) > limits.peerBytesMax()) {
            release(frameBytes);
            return false;
        }
        return true;
    }

    void release(int frameBytes) {
        messages.decrementAndGet();
        bytes.addAndGet(-frameBytes);
    }

    int messagesHeld() {
        return messages.get();
    }

    long bytesHeld() {
        return bytes.get();
    }
}
