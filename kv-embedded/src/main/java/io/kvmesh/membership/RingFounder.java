package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.RingMember;
import io.kvmesh.ring.RingState;
import io.kvmesh.ring.Token;
import io.kvmesh.ring.TokenAllocator;
import io.kvmesh.transport.PeerAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Founds a ring when there is none. Confined to the control lane.
 *
 * <p>Members that start together and know of no ring find each other by their seeds and by gossip. When all seeds have
 * answered, or time is over, and there are as many members as are expected, the one with the smallest identity founds a
 * ring. The others hear of it and ask for seats. Should two of them found a ring, because they could not see each
 * other, the older one stands, see {@link RingMerger}. A store that was alone before and has data is a ring of its own.
 */
final class RingFounder {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    /** A member waits so many rounds for seeds that do not answer before it founds a ring without them. */
    private static final int ROUNDS_FOR_SEEDS = 5;
    /** With slow gossip so much time is enough. */
    private static final long SEEDS_NANOS = 5_000_000_000L;

    private final MembershipSeams seams;
    private final Roster roster;
    private final RingKeeper keeper;
    private final List<PeerAddress> otherSeeds;
    private int rounds;

    RingFounder(MembershipSeams seams, Roster roster, RingKeeper keeper, List<PeerAddress> otherSeeds) {
        this.seams = seams;
        this.roster = roster;
        this.keeper = keeper;
        this.otherSeeds = otherSeeds;
    }

    void round() {
        rounds++;
        RingState state = keeper.state();
        if (state != null && state.phase() == RingState.Phase.FORMING && hasLostItsFounder(state)) {
            LOG.info("The founder of the ring is gone; another one is founded");
            keeper.abandonForming();
        }
        look();
    }

    private boolean hasLostItsFounder(RingState state) {
        NodeId founder = state.voters().get(0);
        return !founder.equals(seams.self().node()) && roster.state(founder) == MemberState.DEAD;
    }

    void look() {
        if (keeper.state() == null && !seams.listener().isNothingLeft(RingEpoch.NONE)) {
            foundAlone();
        }
        if (keeper.state() != null || ringOfAnother() != null) {
            return;
        }
        int others = 0;
        for (EndpointState other : roster.table().states()) {
            NodeId node = other.peer().node();
            boolean there = !node.equals(seams.self().node()) && roster.state(node) == MemberState.ALIVE;
            // One that was met and has not told anything yet may be about to found a ring.
            boolean unknown = there && other.place() == null && rounds < roundsForSeeds();
            boolean joining = there && other.status() == EndpointStatus.JOINING;
            if ((unknown || joining) && node.compareTo(seams.self().node()) < 0) {
                return;
            }
            others += joining ? 1 : 0;
        }
        if (others + 1 >= seams.expectedMembers() && (rounds >= roundsForSeeds() || haveAllSeedsAnswered())) {
            found();
        }
    }

    private int roundsForSeeds() {
        long inTime = SEEDS_NANOS / seams.config().gossipIntervalNanos();
        return (int) Math.max(1, Math.min(ROUNDS_FOR_SEEDS, inTime));
    }

    private boolean haveAllSeedsAnswered() {
        return otherSeeds.stream()
                .allMatch(seed -> roster.table().states().stream()
                        .anyMatch(state -> seed.equals(state.address())
                                && roster.state(state.peer().node()) == MemberState.ALIVE));
    }

    /** A member that knows of a ring; of several rings, one of the oldest. */
    @Nullable
    EndpointState ringOfAnother() {
        EndpointState best = null;
        for (EndpointState other : roster.table().states()) {
            boolean knows = !other.ring().isNone() && other.ring().epoch().number() > 0;
            if (knows
                    && roster.state(other.peer().node()) == MemberState.ALIVE
                    && !other.peer().equals(seams.self())
                    && (best == null || isOlder(other.ring(), best.ring()))) {
                best = other;
            }
        }
        return best;
    }

    private static boolean isOlder(RingNote one, RingNote other) {
        int byAge = Long.compare(one.foundedMicros(), other.foundedMicros());
        int byLineage = byAge != 0
                ? byAge
                : Long.compare(one.epoch().lineage(), other.epoch().lineage());
        return byLineage != 0
                ? byLineage < 0
                : one.epoch().number() > other.epoch().number();
    }

    private void found() {
        Place place = roster.table().self().place();
        if (place != null) {
            LOG.info("A new ring is founded, for {} members to begin with", seams.expectedMembers());
            keeper.adopt(forming(place));
        }
    }

    /**
     * Makes a store that was alone a ring of its own, so that nothing of what it has is lost: others that come fetch
     * it, and when there is an older ring, this one gives way to that.
     */
    private void foundAlone() {
        Place place = roster.table().self().place();
        if (place != null) {
            LOG.info("This store was alone before, and becomes a ring of one member");
            List<Token> tokens = TokenAllocator.allocate(place.vnodes(), List.of(), seams.random());
            RingMember self = place.takenBy(seams.self().node()).withTokens(tokens);
            keeper.adopt(forming(place).formed(List.of(self)));
        }
    }

    private RingState forming(Place place) {
        long lineage = seams.random().nextLong() >>> 1 | 1;
        return RingState.forming(
                lineage,
                seams.clock().wallMicros(),
                seams.replication(),
                place.takenBy(seams.self().node()));
    }
}
