package io.kvmesh.membership;

import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.RingState;
import org.jspecify.annotations.Nullable;

/**
 * What a member promised, and what it accepted, about one next state of the ring. Immutable.
 *
 * @param promised no ballot below this one is accepted any more
 * @param accepted the ballot in which the state was accepted; {@link Ballot#NONE} if none was
 */
record RingVote(
        RingEpoch epoch,
        Ballot promised,
        Ballot accepted,
        @Nullable RingState state) {
    static final RingVote NONE = new RingVote(RingEpoch.NONE, Ballot.NONE, Ballot.NONE, null);
}
