package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.RingChange;
import io.kvmesh.ring.RingMember;
import io.kvmesh.ring.RingState;
import io.kvmesh.ring.RingState.Seat;
import io.kvmesh.ring.RingState.Standing;
import io.kvmesh.ring.TokenAllocator;
import io.kvmesh.transport.PeerId;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proposes the next state of the ring when it is time for one. Confined to the control lane.
 *
 * <p>Of the members with a vote the one with the smallest identity that seems alive does this, so that two rarely
 * disturb each other; if two do, the voters decide for one. Nobody is needed for it: when it dies, the next one goes on
 * where it was, since all that matters is in the state and in what members tell by gossip.
 */
final class RingSteward {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    /** A change is taken back when a member that gains partitions is dead for so many intervals of gossip. */
    static final int PATIENCE_INTERVALS = 30;

    private final MembershipSeams seams;
    private final Roster roster;
    private final RingKeeper keeper;
    private final RingProposer proposer;
    private final RingMerger merger;
    /** Members that this one was told to take out of the ring. */
    private final SortedSet<NodeId> condemned = new TreeSet<>();
    /** Those who were to join when this member last tried that in this round. */
    private List<PeerId> tried = List.of();

    RingSteward(MembershipSeams seams, Roster roster, RingKeeper keeper, RingProposer proposer, RingMerger merger) {
        this.seams = seams;
        this.roster = roster;
        this.keeper = keeper;
        this.proposer = proposer;
        this.merger = merger;
    }

    /** Takes a member out of the ring of which somebody vouches that it is gone, as soon as it can be. */
    void condemn(NodeId node) {
        condemned.add(node);
    }

    /** What failed may be tried again. To be called once per round of gossip. */
    void round() {
        tried = List.of();
    }

    /** Looks whether there is something to propose. */
    void look() {
        RingState state = keeper.state();
        if (state == null || proposer.isBusy() || !state.voters().contains(self())) {
            return;
        }
        condemned.removeIf(node -> state.standing(node) == null);
        if (!condemned.isEmpty() && state.phase() == RingState.Phase.STEADY) {
            removeCondemned(state);
        }
        // Who was told that members are gone can go on without them, where others cannot.
        if (proposer.isBusy() || (condemned.isEmpty() && !isFirst(state))) {
            return;
        }
        RingState older = state.isServing() ? merger.target() : null;
        if (older != null) {
            LOG.info("An older ring was met, {}: this one, {}, gives way to it", older, state);
            propose(state, state.dissolvedInto(older));
            return;
        }
        switch (state.phase()) {
            case FORMING -> formWith(state, candidates(state));
            case STEADY -> begin(state);
            case STREAMING -> endStreaming(state);
            case SWITCHED -> finish(state);
            case DISSOLVED -> {}
        }
    }

    private boolean isFirst(RingState state) {
        for (NodeId voter : state.voters()) {
            if (voter.equals(self())) {
                return true;
            }
            if (roster.state(voter) == MemberState.ALIVE
                    && !merger.isGone(voter)
                    && seams.messenger().hasSession(voter)) {
                return false;
            }
        }
        return false;
    }

    /** Living members that know this ring and want a seat in it. */
    private List<EndpointState> candidates(RingState state) {
        List<EndpointState> candidates = new ArrayList<>();
        for (EndpointState other : roster.table().states()) {
            boolean wants = other.status() == EndpointStatus.JOINING
                    && other.ring().epoch().lineage() == state.epoch().lineage()
                    && other.place() != null
                    && state.standing(other.peer().node()) == null;
            if (wants && roster.state(other.peer().node()) == MemberState.ALIVE) {
                candidates.add(other);
            }
        }
        return candidates;
    }

    private void formWith(RingState state, List<EndpointState> candidates) {
        if (candidates.size() + 1 < seams.expectedMembers()) {
            return;
        }
        List<RingMember> members = new ArrayList<>();
        for (EndpointState candidate : List.copyOf(candidates)) {
            members.add(seated(candidate, ringOf(state, members)));
        }
        members.add(seated(roster.table().self(), ringOf(state, members)));
        propose(state, state.formed(members));
    }

    private void begin(RingState state) {
        List<RingMember> joining = new ArrayList<>();
        List<NodeId> leaving = new ArrayList<>();
        List<EndpointState> candidates = candidates(state);
        List<PeerId> wanting = candidates.stream().map(EndpointState::peer).toList();
        if (!wanting.equals(tried)) {
            tried = wanting;
            candidates.forEach(candidate -> join(state, candidate, joining, leaving));
        }
        if (joining.isEmpty()) {
            NodeId leaver = firstLeaver(state);
            if (leaver == null) {
                return;
            }
            leaving.addAll(isLost(leaver) ? lostTogether(state, leaver) : List.of(leaver));
        }
        proposeChange(state, joining, leaving, List.of());
    }

    /**
     * Those who are lost go at once if what they had can be fetched from the others: one by one, each would be waited
     * for as one that gains what the other had.
     */
    private List<NodeId> lostTogether(RingState state, NodeId first) {
        List<NodeId> lost = state.voters().stream().filter(this::isLost).toList();
        RingState next = state.changing(List.of(), lost, List.of());
        RingChange change = new RingChange(ringOf(state, next.oldMembers()), ringOf(state, next.nextMembers()));
        return change.keepsQuorums() && change.canBeFetched(this::isAlive) ? lost : List.of(first);
    }

    /** Whether a member is dead for so long that nobody expects it back. */
    private boolean isLost(NodeId node) {
        return !node.equals(self())
                && seams.config().removeAfterNanos() > 0
                && roster.deadNanos(node) >= seams.config().removeAfterNanos();
    }

    private void join(RingState state, EndpointState candidate, List<RingMember> joining, List<NodeId> leaving) {
        Place place = candidate.place();
        if (place == null) {
            return;
        }
        NodeId replaced = place.replaces();
        if (replaced == null) {
            List<RingMember> members = new ArrayList<>(state.oldMembers());
            members.addAll(joining);
            joining.add(seated(candidate, ringOf(state, members)));
            return;
        }
        Seat seat = state.seats().get(replaced);
        if (seat != null && roster.state(replaced) == MemberState.DEAD && !leaving.contains(replaced)) {
            joining.add(place.takenBy(candidate.peer().node())
                    .withTokens(seat.member().tokens()));
            leaving.add(replaced);
        }
    }

    private @Nullable NodeId firstLeaver(RingState state) {
        for (NodeId node : state.voters()) {
            EndpointState known = roster.table().state(node);
            boolean wants = known != null
                    && known.status() == EndpointStatus.LEAVING
                    && known.ring().epoch().lineage() == state.epoch().lineage();
            if ((wants || isLost(node)) && state.voters().size() > 1) {
                return node;
            }
        }
        return null;
    }

    private void removeCondemned(RingState state) {
        List<NodeId> gone = condemned.stream()
                .filter(node -> state.standing(node) == Standing.MEMBER && !isAlive(node))
                .toList();
        if (!gone.isEmpty()) {
            proposeChange(state, List.of(), List.of(), gone);
        }
    }

    /** Begins a change if all who gain something are there to fetch it. */
    private void proposeChange(RingState state, List<RingMember> joining, List<NodeId> leaving, List<NodeId> removed) {
        RingState next = state.changing(joining, leaving, removed);
        RingChange change =
                new RingChange(ringOf(state, next.oldMembers()), ringOf(state, next.nextMembers()), next.removed());
        if (!change.keepsQuorums()) {
            LOG.warn("The ring cannot lose {} at once", leaving);
            return;
        }
        // Else it could be begun, but not ended.
        if (!change.isKnownToQuorums(this::isAlive)) {
            return;
        }
        for (NodeId gainer : change.gainers()) {
            if (!isAlive(gainer)) {
                return;
            }
        }
        propose(state, next);
    }

    private void endStreaming(RingState state) {
        RingChange change = roster.rings().change();
        if (change == null) {
            return;
        }
        if (condemned.stream().anyMatch(node -> state.standing(node) != Standing.REMOVED && !isAlive(node))) {
            // What is fetched may be at those who are gone, and would be waited for without end.
            LOG.info("Members that are gone for good are taken out before the ring changes otherwise");
            propose(state, state.cancelled());
            return;
        }
        boolean complete = true;
        for (NodeId gainer : change.gainers()) {
            EndpointState known = roster.table().state(gainer);
            if (known == null || known.ring().streamedNumber() != state.changeNumber()) {
                complete = false;
                if (roster.deadNanos(gainer)
                        >= PATIENCE_INTERVALS * seams.config().gossipIntervalNanos()) {
                    LOG.info("Member {} died while it fetched its partitions; the ring stays as it was", gainer);
                    propose(state, state.cancelled());
                    return;
                }
            }
        }
        if (complete) {
            propose(state, state.switched());
        }
    }

    private void finish(RingState state) {
        RingChange change = roster.rings().change();
        if (change == null) {
            return;
        }
        for (NodeId node : state.seats().keySet()) {
            if (isAlive(node) && !knows(node, state)) {
                return;
            }
        }
        // Who is gone for good answers nobody who goes by the old ring.
        if (change.isKnownToQuorums(node -> knows(node, state) || (condemned.contains(node) && !isAlive(node)))) {
            propose(state, state.finished());
        }
    }

    private boolean knows(NodeId node, RingState state) {
        EndpointState known = roster.table().state(node);
        return known != null
                && known.ring().epoch().lineage() == state.epoch().lineage()
                && known.ring().epoch().number() >= state.epoch().number();
    }

    private boolean isAlive(NodeId node) {
        return node.equals(self()) || roster.state(node) == MemberState.ALIVE;
    }

    /** The votes of those who are gone are not needed. */
    private void propose(RingState state, RingState next) {
        List<NodeId> voters = new ArrayList<>(state.voters());
        voters.removeIf(node -> condemned.contains(node) && !isAlive(node));
        int required = majority(voters.size());
        // What some have accepted may be decided much later, when it is not true any more that a member is lost.
        if (voters.stream().filter(this::isAlive).count() >= required) {
            proposer.propose(next, voters, required);
        }
    }

    private RingMember seated(EndpointState candidate, Ring ring) {
        Place place = candidate.place();
        if (place == null) {
            throw new IllegalArgumentException("member " + candidate.peer() + " has not told its place");
        }
        RingMember member = place.takenBy(candidate.peer().node());
        return member.withTokens(
                ring.members().isEmpty()
                        ? TokenAllocator.allocate(place.vnodes(), List.of(), seams.random())
                        : TokenAllocator.allocate(place.vnodes(), ring, member, seams.random()));
    }

    private Ring ringOf(RingState state, List<RingMember> members) {
        return Ring.of(seams.partitioner(), state.replication(), members);
    }

    private static int majority(int voters) {
        return voters / 2 + 1;
    }

    private NodeId self() {
        return seams.self().node();
    }
}
