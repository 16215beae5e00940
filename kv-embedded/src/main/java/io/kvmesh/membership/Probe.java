package io.kvmesh.membership;

import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerId;

/**
 * A message about whether one member is alive. Immutable.
 *
 * @param origin who wants to know; for {@link Kind#SUSPICION} and {@link Kind#GOODBYE} who says it
 * @param subject who is asked or spoken about
 * @param version for an acknowledgement a heartbeat of the subject, for a suspicion the latest one that was heard
 */
record Probe(Kind kind, NodeId origin, PeerId subject, long version) {

    /** The codes are part of the wire format and are never given to another kind. */
    enum Kind {
        /** Asks the subject to acknowledge. */
        PING(1),
        /** The subject is alive. Travels back the way the ping came. */
        ACK(2),
        /** Asks a third member to ping the subject for the origin. */
        PING_REQUEST(3),
        /** The origin holds the subject for dead unless there is a later heartbeat. */
        SUSPICION(4),
        /** The subject is about to stop: no heartbeat of its generation counts any more. */
        GOODBYE(5);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }
    }
}
