package io.kvmesh.transport;

import java.util.concurrent.atomic.LongAdder;

/** Counters of one messenger since its start. Safe for any thread. */
public final class MessengerMetrics {
    final LongAdder sent = new LongAdder();
    final LongAdder received = new LongAdder();
    final LongAdder late = new LongAdder();
    final LongAdder unknown = new LongAdder();
    final LongAdder malformed = new LongAdder();
    final LongAdder withoutSession = new LongAdder();
    final LongAdder rejected = new LongAdder();
    final LongAdder refused = new LongAdder();

    MessengerMetrics() {}

    /** Frames handed to the transport. */
    public long framesSent() {
        return sent.sum();
    }

    /** Frames that the transport delivered, whatever became of them. */
    public long framesReceived() {
        return received.sum();
    }

    /** Requests and replies dropped because their deadline had passed. */
    public long droppedLate() {
        return late.sum();
    }

    /** Replies that nobody waits for, and requests of a verb that nobody serves. */
    public long droppedUnknown() {
        return unknown.sum();
    }

    /** Frames that do not have the expected form. */
    public long droppedMalformed() {
        return malformed.sum();
    }

    /** Frames of a peer, or of a generation of it, with which no session is agreed. */
    public long droppedWithoutSession() {
        return withoutSession.sum();
    }

    /** Hellos that were refused, here or by the other side. */
    public long rejectedHellos() {
        return rejected.sum();
    }

    /** Messages that were not sent because the budget of their peer was spent. */
    public long refusedMessages() {
        return refused.sum();
    }
}
