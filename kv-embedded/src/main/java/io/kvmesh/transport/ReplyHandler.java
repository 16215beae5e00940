package io.kvmesh.transport;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.model.NodeId;

/**
 * One operation that awaits replies. Called on transport threads and on the control lane, possibly at once, so it
 * guards itself; it must not block.
 */
public interface ReplyHandler {

    /** A reply arrived. The reader stands at the reply's payload. */
    void onReply(NodeId from, ByteReader payload);

    /**
     * The request to this peer will get no reply: no session or not any more, the budget is spent, or the peer is
     * overloaded.
     */
    void onFailure(NodeId from, Failure failure);

    /**
     * Called every few milliseconds while the operation is registered, and a last time at or after its deadline.
     *
     * @param nowNanos the monotonic time
     */
    void onTick(long nowNanos);

    /** Why a peer will not answer. */
    enum Failure {
        /** The peer is not connected, or its session has not been agreed. */
        NO_SESSION,
        /** The session ended after the request was sent: what it asked for may have been done, or not. */
        SESSION_ENDED,
        /** Too many requests or bytes to this peer await an answer: nothing was sent. */
        BUDGET_SPENT,
        /** The peer said that its queue is full; nothing was done. */
        OVERLOADED
    }
}
