package io.kvmesh.membership;

import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.RingState;
import org.jspecify.annotations.Nullable;

/**
 * A message about the state of the ring. Immutable.
 *
 * @param epoch the state that is asked for, told, or to be decided
 * @param ballot the attempt that this belongs to; for a refusal the one that stands against it
 * @param accepted the ballot in which the state was accepted that a promise tells of
 * @param state a state that is told, accepted, or to be accepted
 */
record RingMessage(
        Kind kind,
        RingEpoch epoch,
        Ballot ballot,
        Ballot accepted,
        @Nullable RingState state) {

    /** The codes are part of the wire format. */
    enum Kind {
        /** Asks for the state of the ring if it is later than the epoch. */
        ASK(1),
        /** A state that was decided. */
        STATE(2),
        PREPARE(3),
        PROMISE(4),
        ACCEPT(5),
        ACCEPTED(6),
        REFUSED(7);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    static RingMessage ask(RingEpoch known) {
        return new RingMessage(Kind.ASK, known, Ballot.NONE, Ballot.NONE, null);
    }

    static RingMessage told(RingState state) {
        return new RingMessage(Kind.STATE, state.epoch(), Ballot.NONE, Ballot.NONE, state);
    }
}
