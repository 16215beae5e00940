package io.kvmesh.membership;

import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.RingChange;
import io.kvmesh.ring.RingState;
import io.kvmesh.ring.RingState.Phase;
import io.kvmesh.runtime.Invariants;
import java.util.BitSet;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the latest state of the ring that this member knows. Confined to the control lane. A state is stored before
 * anybody acts by it, and before others are told that this member knows it.
 */
final class RingKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    /** Of so many rings that gave way to others this member remembers the end, to tell those who missed it. */
    static final int DISSOLVED_MAX = 64;

    private final MembershipSeams seams;
    private final Roster roster;
    private final RingRecords records;
    /** The last states of other rings, in the order in which this member was told. */
    private final LinkedHashMap<Long, RingState> dissolved = new LinkedHashMap<>();

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
    void resume(SavedRing saved) {
        saved.dissolved().forEach(state -> dissolved.put(state.epoch().lineage(), state));
        roster.merging(saved.merging());
        RingState state = saved.state();
        if (state != null) {
            use(roster.rings().then(state));
        }
    }

    /** The last state of a ring that gave way to another one, if this member was told; else null. */
    @Nullable
    RingState endOf(long lineage) {
        return dissolved.get(lineage);
    }

    /**
     * Takes over a decided state if it is later than the known one.
     *
     * @return false if it is not, or cannot be stored now: then it is learned again in a later round
     */
    boolean adopt(RingState next) {
        RingState known = state();
        if (next.phase() == Phase.DISSOLVED && !remembersEnd(next)) {
            return false;
        }
        boolean later = known != null && next.epoch().isAfter(known.epoch());
        boolean first = known == null && next.phase() != Phase.DISSOLVED;
        if (!later && !first && !gives(known, next)) {
            return false;
        }
        RingViews views = roster.rings().then(next);
        return hasRoom(views) && take(known, next, views, false);
    }

    /**
     * Leaves the ring that this member is in for an older one. What it has from there is to be handed over.
     *
     * @return false if that cannot be stored now
     */
    boolean moveTo(RingState older) {
        RingState known = state();
        Invariants.check(known != null && older.isOlderThan(known), "a member goes to an older ring only");
        return take(known, older, roster.rings().then(older), true);
    }

    private boolean take(@Nullable RingState known, RingState next, RingViews views, boolean moves) {
        try {
            if (moves && !roster.isMerging()) {
                records.saveMerging(true);
            }
            if (next.phase() != Phase.FORMING) {
                records.save(next);
            }
            failed = false;
        } catch (NodeStoreException e) {
            report(e);
            return false;
        }
        if (moves) {
            roster.merging(true);
            free = false;
        }
        logChange(known, next);
        use(views);
        return true;
    }

    /** Whether it is known, and will be told to those who ask, that a ring ended with this state. */
    private boolean remembersEnd(RingState end) {
        long lineage = end.epoch().lineage();
        if (dissolved.containsKey(lineage)) {
            return true;
        }
        LinkedHashMap<Long, RingState> next = new LinkedHashMap<>(dissolved);
        next.put(lineage, end);
        if (next.size() > DISSOLVED_MAX) {
            next.remove(next.keySet().iterator().next());
        }
        try {
            records.saveDissolved(next.values());
        } catch (NodeStoreException e) {
            report(e);
            return false;
        }
        dissolved.clear();
        dissolved.putAll(next);
        return true;
    }

    /** Forgets a ring in which nothing was ever stored. */
    void abandonForming() {
        RingState known = state();
        if (known != null && known.phase() == Phase.FORMING) {
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
        endMerging();
        tell();
    }

    /** From when all that this member brought from another ring is handed over, it is a member like any other. */
    private boolean endMerging() {
        RingState known = state();
        if (!roster.isMerging()) {
            return true;
        }
        if (known == null || !known.isServing() || !seams.listener().isNothingLeft(known.epoch())) {
            return false;
        }
        try {
            records.saveMerging(false);
            roster.merging(false);
            return true;
        } catch (NodeStoreException e) {
            report(e);
            return false;
        }
    }

    void report(NodeStoreException failure) {
        if (!failed) {
            failed = true;
            seams.listener().onNodeStoreFailure(failure);
        }
    }

    /**
     * Whether a ring that forms, in which nothing is stored yet, is given up for another one: for an older one, and for
     * one that serves already. For a younger one only once its founder has given it up, or else it could be formed with
     * members that are elsewhere.
     */
    private boolean gives(@Nullable RingState known, RingState other) {
        if (known == null
                || known.phase() != Phase.FORMING
                || other.phase() == Phase.DISSOLVED
                || known.epoch().lineage() == other.epoch().lineage()) {
            return false;
        }
        NodeId founder = known.voters().get(0);
        EndpointState told = roster.table().state(founder);
        boolean givenUp = founder.equals(seams.self().node())
                || (told != null
                        && told.ring().epoch().lineage() == other.epoch().lineage());
        return other.isOlderThan(known) || (other.isServing() && givenUp);
    }

    static boolean isOlder(long foundedMicros, long lineage, RingState than) {
        int byAge = Long.compare(foundedMicros, than.foundedMicros());
        return byAge != 0 ? byAge < 0 : lineage < than.epoch().lineage();
    }

    /** What this member has left of partitions that it is about to get may be older than their tombstones. */
    private boolean hasRoom(RingViews views) {
        RingChange change = views.change();
        RingState state = views.state();
        if (change == null || state == null || state.phase() != Phase.STREAMING) {
            return true;
        }
        NodeId self = seams.self().node();
        BitSet gained = new BitSet();
        for (int partition = 0; partition < seams.partitioner().partitions(); partition++) {
            if (change.gains(self, partition)) {
                gained.set(partition);
            }
        }
        // What it brought from another ring nobody else may have.
        return gained.isEmpty() || (endMerging() && seams.listener().onGaining(state.changeNumber(), gained));
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
        if (next.phase() == Phase.STEADY) {
            LOG.info("The ring has {} members, by state {}", next.seats().size(), next.epoch());
        } else {
            LOG.debug("The ring goes from {} to {}", known, next);
        }
    }
}
