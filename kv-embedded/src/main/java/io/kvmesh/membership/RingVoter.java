package io.kvmesh.membership;

import io.kvmesh.membership.RingMessage.Kind;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.RingState;
import org.jspecify.annotations.Nullable;

/**
 * This member's part in deciding the next state of the ring: the acceptor of single-decree Paxos (Lamport, "Paxos Made
 * Simple", 2001), one decree for each number. Confined to the control lane.
 *
 * <p>It takes part only in the decision about the number after the one that it knows, so a state of the ring is built
 * on its predecessor, and the voters of that one are known to all who vote.
 */
final class RingVoter {
    private final MembershipSeams seams;
    private final RingRecords records;
    private RingVote vote;

    RingVoter(MembershipSeams seams, RingRecords records, RingVote saved) {
        this.seams = seams;
        this.records = records;
        this.vote = saved;
    }

    /**
     * Answers PREPARE or ACCEPT.
     *
     * @return null if this member has no say in it
     * @throws io.kvmesh.metadata.NodeStoreException if the vote cannot be saved; then it was not given
     */
    @Nullable
    RingMessage answer(@Nullable RingState known, RingMessage asked) {
        if (known == null || known.epoch().lineage() != asked.epoch().lineage()) {
            return null;
        }
        if (asked.epoch().number() <= known.epoch().number()) {
            return RingMessage.told(known);
        }
        if (asked.epoch().number() > known.epoch().number() + 1) {
            return RingMessage.ask(known.epoch());
        }
        if (!known.voters().contains(seams.self().node())) {
            return null;
        }
        RingVote current =
                vote.epoch().equals(asked.epoch()) ? vote : new RingVote(asked.epoch(), Ballot.NONE, Ballot.NONE, null);
        if (asked.ballot().isBelow(current.promised())) {
            return new RingMessage(Kind.REFUSED, asked.epoch(), current.promised(), Ballot.NONE, null);
        }
        return asked.kind() == Kind.PREPARE ? promise(current, asked) : accept(asked);
    }

    private RingMessage promise(RingVote current, RingMessage asked) {
        save(new RingVote(asked.epoch(), asked.ballot(), current.accepted(), current.state()));
        return new RingMessage(Kind.PROMISE, asked.epoch(), asked.ballot(), current.accepted(), current.state());
    }

    private @Nullable RingMessage accept(RingMessage asked) {
        RingState state = asked.state();
        if (state == null || !state.epoch().equals(asked.epoch())) {
            return null;
        }
        save(new RingVote(asked.epoch(), asked.ballot(), asked.ballot(), state));
        return new RingMessage(Kind.ACCEPTED, asked.epoch(), asked.ballot(), Ballot.NONE, null);
    }

    private void save(RingVote changed) {
        if (!changed.equals(vote)) {
            records.save(changed);
            vote = changed;
        }
    }

    /** The state that this member's latest vote is about. */
    RingEpoch epoch() {
        return vote.epoch();
    }
}
