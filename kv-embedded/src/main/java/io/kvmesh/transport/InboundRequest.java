package io.kvmesh.transport;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import java.util.List;

/** A request of a peer, to be answered at most once. Safe for any thread. */
public interface InboundRequest {

    PeerId from();

    /** Whether the requester has given up by now. A late request should be dropped, and must not be applied. */
    boolean isExpired();

    /** A writer for the reply, already holding the header. Pass it to {@link #reply(ByteWriter)}. */
    ByteWriter newReply(int payloadBytes);

    void reply(ByteWriter reply);

    /**
     * Passes what is left of the payload on to other members, as a request that they answer to the requester through
     * this member. The requester expects that by {@link Messenger#expect}. It is lost where there is no session, as any
     * message may be.
     */
    default void passOn(List<NodeId> to, Verb verb, ByteReader payload) {
        throw new UnsupportedOperationException(verb + " of " + from() + " cannot be passed on");
    }

    /** Tells the requester that this member is too busy and did nothing. */
    void replyOverloaded();
}
