package io.kvmesh.transport;

import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;

/**
 * Conversations between members: requests with replies, deadlines and budgets, and one-way messages. Safe for any
 * thread; no call blocks.
 *
 * <p>A peer can be talked to once a session with its current generation is agreed by hello and acknowledgement; until
 * then requests to it fail with {@link ReplyHandler.Failure#NO_SESSION}.
 */
public interface Messenger {

    /** Registers the handler of a verb. Once per verb, before the start. */
    void handle(Verb verb, RequestHandler handler);

    /**
     * Registers an operation that is about to send requests. Its handler gets ticks until {@link #end}.
     *
     * @param deadlineNanos monotonic time after which replies are ignored
     * @return the correlation number of all its requests
     */
    long begin(ReplyHandler handler, long deadlineNanos);

    /** Forgets an operation: later replies are dropped. Idempotent. Frees what its requests hold of the budgets. */
    void end(long correlation);

    /** A writer for a request, already holding the header. One finished request may be sent to several peers. */
    ByteWriter newRequest(Verb verb, long correlation, long deadlineNanos, int payloadBytes);

    /** Sends a request. A failure is reported to the operation's handler, before or after this call returns. */
    void send(NodeId to, ByteWriter request);

    /**
     * Prepares for the answer of a peer to which another member passes the request on, and which answers through that
     * member. It holds the same part of the peer's budget, and fails the same way if the session ends, as a request
     * that is sent to the peer. There need be no session.
     *
     * @param frameBytes the size of the request, had it been sent to the peer
     * @return false if the budget is spent, or the operation ended; nothing is expected then
     */
    default boolean expect(NodeId from, Verb verb, long correlation, int frameBytes) {
        return false;
    }

    /**
     * Ends what {@link #expect} began.
     *
     * @return false if nothing is expected any more: the answer came, or the peer failed
     */
    default boolean stopExpecting(NodeId from, Verb verb, long correlation) {
        return false;
    }

    /** Sends a message that gets no reply and has no operation; dropped if there is no session. */
    void sendOneWay(NodeId to, Verb verb, byte[] payload);

    /** Whether a session with the current generation of this peer is agreed. */
    boolean hasSession(NodeId peer);
}
