package io.kvmesh.membership;

import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.RingChange;
import io.kvmesh.ring.RingState;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the latest state of the ring that this member knows. Confined to the control lane. A state is stored before
 * anybody acts by it, and before others are told that this member knows it.
 */
final class RingKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    private final MembershipSeams seams;
    private final Roster roster;
    private final RingRecords records;
    private long streamedNumber;
    private boolean failed;
    /** Whether this member is without a seat and has handed over what it had. */
    private boolean free;

    RingKeeper(MembershipSeams seams, Roster roster, RingRecords records) {
        this.seams = seams;
        this.roster = roster;
        this.records = records;
    }

    @Nullable
    RingState state() {
        return roster.rings().state();
    }

    /** What this member is to the ring; null without a seat. */
    RingState.@Nullable Standing standing() {
        RingState known = state();
        return known == null ? null : known.standing(seams.self().node());
    }

    /** Takes up the state of an earlier run. */
    void resume(RingState saved) {
        use(roster.rings().then(saved));
    }

    /**
     * Takes over a decided state if it is later than the known one.
     *
     * @return false if it is not, or cannot be stored now: then it is learned again in a later round
     */
    boolean adopt(RingState next) {
        RingState known = state();
        if (known != null && !next.epoch().isAfter(known.epoch()) && !gives(known, next)) {
            return false;
        }
        RingViews views = roster.rings().then(next);
        try {
            if (!hasRoom(views)) {
                return false;
            }
            if (next.phase() != RingState.Phase.FORMING) {
                records.save(next);
            }
            failed = false;
        } catch (NodeStoreException e) {
            report(e);
            return false;
        }
        logChange(known, next);
        use(views);
        return true;
    }

    /** Forgets a ring in which nothing was ever stored. */
    void abandonForming() {
        RingState known = state();
        if (known != null && known.phase() == RingState.Phase.FORMING) {
            roster.use(RingViews.none(seams.partitioner(), known.replication()));
            tell();
        }
    }

    /** This member has all that it gains by a change. */
    void streamed(long changeNumber) {
        if (streamedNumber == changeNumber) {
            return;
        }
        streamedNumber = changeNumber;
        tell();
    }

    /** Nothing is stored here any more that the ring gives to others. */
    void handedOver() {
        tell();
    }

    void report(NodeStoreException failure) {
        if (!failed) {
            failed = true;
            seams.listener().onNodeStoreFailure(failure);
        }
    }

    /** Two rings that form and have nothing stored yet: the older one stands. */
    private static boolean gives(RingState known, RingState other) {
        return known.phase() == RingState.Phase.FORMING
                && known.epoch().lineage() != other.epoch().lineage()
                && isOlder(other.foundedMicros(), other.epoch().lineage(), known);
    }

    static boolean isOlder(long foundedMicros, long lineage, RingState than) {
        int byAge = Long.compare(foundedMicros, than.foundedMicros());
        return byAge != 0 ? byAge < 0 : lineage < than.epoch().lineage();
    }

    /** What this member has left of partitions that it is about to get may be older than their tombstones. */
    private boolean hasRoom(RingViews views) {
        RingChange change = views.change();
        RingState state = views.state();
        if (change == null || state == null || state.phase() != RingState.Phase.STREAMING) {
            return true;
        }
        NodeId self = seams.self().node();
        BitSet gained = new BitSet();
        for (int partition = 0; partition < seams.partitioner().partitions(); partition++) {
            if (change.gains(self, partition)) {
                gained.set(partition);
            }
        }
        return gained.isEmpty() || seams.listener().onGaining(state.changeNumber(), gained);
    }

    private void use(RingViews views) {
        roster.use(views);
        tell();
    }

    private void tell() {
        RingState known = state();
        RingNote note =
                known == null ? RingNote.NONE : new RingNote(known.epoch(), known.foundedMicros(), streamedNumber);
        roster.table().tell(EndpointState.RING, note.encode());
        EndpointStatus wanted = wanted(known, roster.table().self().status());
        if (wanted != roster.table().self().status()) {
            roster.table().tell(wanted);
        }
    }

    /** What this member wants of the ring by now. */
    private EndpointStatus wanted(@Nullable RingState known, EndpointStatus status) {
        if (standing() != null) {
            free = false;
            boolean isIn = standing() == RingState.Standing.MEMBER;
            return isIn && status == EndpointStatus.JOINING ? EndpointStatus.NORMAL : status;
        }
        boolean isRing = known != null && known.phase() != RingState.Phase.FORMING;
        free |= known != null && isRing && seams.listener().isNothingLeft(known.epoch());
        return switch (status) {
            // It was taken out while it was away, or was alone before, and asks for a seat when others have what it
            // has.
            case NORMAL, JOINING -> isRing && !free ? EndpointStatus.NORMAL : EndpointStatus.JOINING;
            case LEAVING -> isRing && free ? EndpointStatus.LEFT : EndpointStatus.LEAVING;
            case LEFT, UNKNOWN -> status;
        };
    }

    private void logChange(@Nullable RingState known, RingState next) {
        if (next.phase() == RingState.Phase.STEADY) {
            LOG.info("The ring has {} members, by state {}", next.seats().size(), next.epoch());
        } else {
            LOG.debug("The ring goes from {} to {}", known, next);
        }
    }
}
