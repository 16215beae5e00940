package io.kvmesh.transport;

import io.kvmesh.codec.ByteWriter;

/** A request of a peer, to be answered at most once. Safe for any thread. */
public interface InboundRequest {

    PeerId from();

    /** Whether the requester has given up by now. A late request should be dropped, and must not be applied. */
    boolean isExpired();

    /** A writer for the reply, already holding the header. Pass it to {@link #reply(ByteWriter)}. */
    ByteWriter newReply(int payloadBytes);

    void reply(ByteWriter reply);

    /** Tells the requester that this member is too busy and did nothing. */
    void replyOverloaded();
}
