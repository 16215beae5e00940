package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.RingState;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings this member into an older ring that it meets, as when two rings were founded while nobody on either side could
 * see the other. Confined to the control lane.
 *
 * <ol>
 *   <li>Members tell by gossip which ring they are in. Whoever hears of an older one asks for its state.
 *   <li>If a majority of the older ring is alive, the steward of the younger one has it decided that this one is
 *       dissolved, see {@link RingSteward}. From then on nobody reads or writes by it: a write is either on a quorum of
 *       its replicas before, or is made again in the older ring.
 *   <li>Each member goes by the older ring, in which it has no seat, gives its replicas all that it has, drops it, and
 *       asks for a seat.
 * </ol>
 *
 * <p>All members choose alike, since age and lineage order all rings, and go only to an older one; so nobody goes round
 * in circles, however many rings meet. A member that was away learns of the end of its ring from anybody who was told,
 * or sees that the majority of the ring has gone. What was acknowledged is safe even if members go one by one: it is
 * with a quorum of replicas, and each of those keeps it until the older ring has it.
 */
final class RingMerger {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    /** Of so many older rings the states are kept; it takes a split into more than that to exceed it. */
    static final int OLDER_RINGS_MAX = 16;

    private final MembershipSeams seams;
    private final Roster roster;
    private final RingKeeper keeper;
    /** By lineage, the latest states that were told of older rings. */
    private final TreeMap<Long, RingState> older = new TreeMap<>();
    /** Lineages that were asked for in this round. */
    private final Set<Long> asked = new TreeSet<>();

    RingMerger(MembershipSeams seams, Roster roster, RingKeeper keeper) {
        this.seams = seams;
        this.roster = roster;
        this.keeper = keeper;
    }

    /** What got no answer may be asked again. To be called once per round of gossip. */
    void round() {
        asked.clear();
        RingState own = keeper.state();
        older.values()
                .removeIf(state ->
                        own == null || !isOlder(state, own) || livingOf(state).isEmpty());
    }

    /** Members that know a later state of an older ring than this member, one of each ring. */
    List<NodeId> toAsk() {
        RingState own = keeper.state();
        if (own == null || own.phase() == RingState.Phase.FORMING) {
            return List.of();
        }
        List<NodeId> nodes = new ArrayList<>();
        for (EndpointState other : roster.table().states()) {
            NodeId node = other.peer().node();
            boolean reachable =
                    roster.state(node) == MemberState.ALIVE && seams.messenger().hasSession(node);
            if (reachable
                    && isOlder(other.ring(), own)
                    && isLaterThanKnown(other.ring().epoch())) {
                boolean first = asked.add(other.ring().epoch().lineage());
                if (first) {
                    nodes.add(node);
                }
            }
        }
        return nodes;
    }

    private boolean isLaterThanKnown(RingEpoch epoch) {
        RingState known = older.get(epoch.lineage());
        return known == null ? older.size() < OLDER_RINGS_MAX : epoch.isAfter(known.epoch());
    }

    /** Takes note of a state of another ring. */
    void onState(RingState told) {
        RingState own = keeper.state();
        if (own == null || !isOlder(told, own)) {
            return;
        }
        if (!told.isServing()) {
            older.remove(told.epoch().lineage());
        } else if (isLaterThanKnown(told.epoch())) {
            older.put(told.epoch().lineage(), told);
        }
    }

    /** Goes to an older ring, if nothing keeps this member in its own one any more. True if it did. */
    boolean look() {
        RingState own = keeper.state();
        if (own == null || own.phase() == RingState.Phase.FORMING || older.isEmpty()) {
            return false;
        }
        boolean left = roster.table().self().status() == EndpointStatus.LEFT;
        boolean free = own.phase() == RingState.Phase.DISSOLVED || keeper.standing() == null || hasLostMajority(own);
        RingState next = free && !left ? target() : null;
        if (next == null || !keeper.moveTo(next)) {
            return false;
        }
        LOG.info("This member goes from ring {} into the older ring {}", own, next);
        return true;
    }

    /** The oldest ring of which a majority is alive, if it is older than this member's; else null. */
    @Nullable
    RingState target() {
        RingState own = keeper.state();
        RingState oldest = null;
        for (RingState state : older.values()) {
            boolean better = own != null && isOlder(state, own) && (oldest == null || state.isOlderThan(oldest));
            if (better && livingOf(state).size() > state.voters().size() / 2) {
                oldest = state;
            }
        }
        return oldest;
    }

    /** Those with a vote in another ring that are alive and in it. */
    private List<NodeId> livingOf(RingState state) {
        return state.voters().stream()
                .filter(node -> roster.state(node) == MemberState.ALIVE
                        && lineageOf(node) == state.epoch().lineage())
                .toList();
    }

    private long lineageOf(NodeId node) {
        EndpointState known = roster.table().state(node);
        return known == null ? 0 : known.ring().epoch().lineage();
    }

    /** Whether so many have gone to older rings that nothing can be decided in this one any more. */
    private boolean hasLostMajority(RingState own) {
        long gone = own.voters().stream().filter(this::isGone).count();
        return own.voters().size() - gone <= own.voters().size() / 2;
    }

    /** Whether a member has gone from this member's ring to an older one; it does not come back. */
    boolean isGone(NodeId node) {
        RingState own = keeper.state();
        EndpointState known = roster.table().state(node);
        return own != null && known != null && isOlder(known.ring(), own);
    }

    private static boolean isOlder(RingState state, RingState own) {
        return state.epoch().lineage() != own.epoch().lineage() && state.isOlderThan(own);
    }

    /** Whether a member is in an older ring, and that one is past its forming. */
    private static boolean isOlder(RingNote note, RingState own) {
        return note.epoch().lineage() != own.epoch().lineage()
                && note.epoch().number() > RingState.FORMING_NUMBER
                && RingKeeper.isOlder(note.foundedMicros(), note.epoch().lineage(), own);
    }
}
