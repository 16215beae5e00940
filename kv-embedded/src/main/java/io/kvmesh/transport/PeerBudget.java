package io.kvmesh.transport;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What the unanswered requests of one peer hold, of how many there may be at a time. Safe for any thread. */
class PeerBudget {
    private final AtomicInteger messages = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    /** Takes one message from the budget, or nothing if there is too little left. */
    final boolean tryHold(int frameBytes, MessengerLimits limits) {
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

    final void release(int frameBytes) {
        messages.decrementAndGet();
        bytes.addAndGet(-frameBytes);
    }

    final int messagesHeld() {
        return messages.get();
    }

    final long bytesHeld() {
        return bytes.get();
    }
}
