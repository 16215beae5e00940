package io.kvmesh.ring;

import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.runtime.Invariants;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who has a seat in the ring, and how far a change of the ring has come. Immutable. Members agree on one state after
 * the other, each with the next number, so that all know the same states in the same order.
 *
 * <p>A change leads from the old ring (members, and those who leave) to the next ring (members, and those who join):
 *
 * <ol>
 *   <li>{@link Phase#STREAMING}: keys are read from the old ring and written to both, while whoever gains partitions
 *       fetches what they hold.
 *   <li>{@link Phase#SWITCHED}: keys are read from the next ring and still written to both, until no quorum of the old
 *       ring answers those who do not know of the switch.
 *   <li>{@link Phase#STEADY}: the next ring is the ring.
 * </ol>
 *
 * <p>Two rings that were founded apart and meet become one: the younger one ends with {@link Phase#DISSOLVED}, and its
 * members take what they have into the older one.
 */
public final class RingState {
    /** How far the ring has come. The codes are part of the stored and sent format. */
    public enum Phase {
        /** The founder waits for the first members. Nothing is served. */
        FORMING(1),
        STEADY(2),
        STREAMING(3),
        SWITCHED(4),
        /** The last state of a ring that gives way to an older one. Nothing is served by it, and nobody has a seat. */
        DISSOLVED(5);

        private final int code;

        Phase(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }
    }

    /** What a member is to the ring. The codes are part of the stored and sent format. */
    public enum Standing {
        MEMBER(1),
        /** Is to be a member when the change is over. */
        JOINING(2),
        /** Is to be none when the change is over; until then it gives away what it holds, if it is there. */
        LEAVING(3),
        /** As {@link #LEAVING}, of a member that an operator vouches will not come back: nobody waits for it. */
        REMOVED(4);

        private final int code;

        Standing(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }
    }

    /** A member, its tokens, and its standing. */
    public record Seat(RingMember member, Standing standing) {}

    /** Of the one state in which a ring forms. */
    public static final long FORMING_NUMBER = 1;

    private final RingEpoch epoch;
    private final long foundedMicros;
    private final Phase phase;
    private final long changeNumber;
    private final Replication replication;
    private final SortedMap<NodeId, Seat> seats;
    private final long successorLineage;

    /**
     * A state of a ring that stands.
     *
     * @param foundedMicros wall time of the founder when it founded the ring
     * @param changeNumber the number of the state with which the present or last change began, 0 if there was none
     */
    public RingState(
            RingEpoch epoch,
            long foundedMicros,
            Phase phase,
            long changeNumber,
            Replication replication,
            Collection<Seat> seats) {
        this(epoch, foundedMicros, phase, changeNumber, replication, seats, 0);
        Invariants.check(phase != Phase.DISSOLVED, "a ring is dissolved into another one");
    }

    private RingState(
            RingEpoch epoch,
            long foundedMicros,
            Phase phase,
            long changeNumber,
            Replication replication,
            Collection<Seat> seats,
            long successorLineage) {
        Invariants.check(epoch.number() > 0, "a state of the ring has a number above 0");
        this.epoch = epoch;
        this.foundedMicros = foundedMicros;
        this.phase = phase;
        this.changeNumber = changeNumber;
        this.replication = replication;
        TreeMap<NodeId, Seat> sorted = new TreeMap<>();
        seats.forEach(seat -> sorted.put(seat.member().node(), seat));
        this.seats = Collections.unmodifiableSortedMap(sorted);
        this.successorLineage = successorLineage;
    }

    /** The last state of a ring that gave way to another one. */
    public static RingState dissolved(
            RingEpoch epoch, long foundedMicros, Replication replication, long successorLineage) {
        return new RingState(epoch, foundedMicros, Phase.DISSOLVED, 0, replication, List.of(), successorLineage);
    }

    /** The first state of a ring, in which its founder waits for others. */
    public static RingState forming(long lineage, long foundedMicros, Replication replication, RingMember founder) {
        return new RingState(
                new RingEpoch(lineage, FORMING_NUMBER),
                foundedMicros,
                Phase.FORMING,
                0,
                replication,
                List.of(new Seat(founder, Standing.MEMBER)));
    }

    public RingEpoch epoch() {
        return epoch;
    }

    public long foundedMicros() {
        return foundedMicros;
    }

    public Phase phase() {
        return phase;
    }

    /** The number of the state with which the present or last change began. */
    public long changeNumber() {
        return changeNumber;
    }

    public Replication replication() {
        return replication;
    }

    /** By identity. */
    public SortedMap<NodeId, Seat> seats() {
        return seats;
    }

    /** What a member is to the ring; null if it has no seat. */
    public @Nullable Standing standing(NodeId node) {
        Seat seat = seats.get(node);
        return seat == null ? null : seat.standing();
    }

    /** The ring that was to take this one's place when it was dissolved; 0 if it is not. */
    public long successorLineage() {
        return successorLineage;
    }

    /** Whether keys are read and written by this state: it has members, and still has. */
    public boolean isServing() {
        return phase != Phase.FORMING && phase != Phase.DISSOLVED;
    }

    /**
     * Whether this ring was founded before another one. Of two rings that meet, all members of both choose the same one
     * by this.
     */
    public boolean isOlderThan(RingState other) {
        int byAge = Long.compare(foundedMicros, other.foundedMicros);
        return byAge != 0 ? byAge < 0 : epoch.lineage() < other.epoch.lineage();
    }

    public boolean isChanging() {
        return phase == Phase.STREAMING || phase == Phase.SWITCHED;
    }

    /** Those who decide about the next state, by a majority: members that are not about to leave. */
    public List<NodeId> voters() {
        return seats.values().stream()
                .filter(seat -> seat.standing() == Standing.MEMBER)
                .map(seat -> seat.member().node())
                .toList();
    }

    /** The ring before the change that is under way, or the ring if none is. */
    public List<RingMember> oldMembers() {
        return seats.values().stream()
                .filter(seat -> seat.standing() != Standing.JOINING)
                .map(Seat::member)
                .toList();
    }

    /** The ring after the change that is under way. */
    public List<RingMember> nextMembers() {
        return seats.values().stream()
                .filter(seat -> seat.standing() == Standing.MEMBER || seat.standing() == Standing.JOINING)
                .map(Seat::member)
                .toList();
    }

    /** Those who were taken out by decision, and are not waited for. */
    public Set<NodeId> removed() {
        Set<NodeId> removed = new TreeSet<>();
        for (Seat seat : seats.values()) {
            if (seat.standing() == Standing.REMOVED) {
                removed.add(seat.member().node());
            }
        }
        return removed;
    }

    /** The ring with its first members, with their tokens, all at once: nothing is stored in it yet. */
    public RingState formed(Collection<RingMember> members) {
        Invariants.check(phase == Phase.FORMING, "only a ring that is forming is formed");
        return next(
                Phase.STEADY,
                changeNumber,
                members.stream()
                        .map(member -> new Seat(member, Standing.MEMBER))
                        .toList());
    }

    /**
     * The beginning of a change.
     *
     * @param removed those who leave and are not waited for
     */
    public RingState changing(Collection<RingMember> joining, Collection<NodeId> leaving, Collection<NodeId> removed) {
        Invariants.check(phase == Phase.STEADY, "one change at a time");
        List<Seat> changed = new ArrayList<>();
        for (Seat seat : seats.values()) {
            NodeId node = seat.member().node();
            Standing standing = leaving.contains(node) ? Standing.LEAVING : Standing.MEMBER;
            changed.add(new Seat(seat.member(), removed.contains(node) ? Standing.REMOVED : standing));
        }
        for (RingMember member : joining) {
            Invariants.check(!seats.containsKey(member.node()), "a member has one seat");
            changed.add(new Seat(member, Standing.JOINING));
        }
        return next(Phase.STREAMING, epoch.number() + 1, changed);
    }

    /** Everybody has what it gains. */
    public RingState switched() {
        Invariants.check(phase == Phase.STREAMING, "a change is switched after it was streamed");
        return next(Phase.SWITCHED, changeNumber, seats.values());
    }

    /** The end of a change. */
    public RingState finished() {
        Invariants.check(phase == Phase.SWITCHED, "a change ends after it was switched");
        return next(Phase.STEADY, changeNumber, seated(nextMembers()));
    }

    /** A change that leads nowhere: the ring is as it was before. */
    public RingState cancelled() {
        Invariants.check(phase == Phase.STREAMING, "what is switched cannot be taken back");
        return next(Phase.STEADY, changeNumber, seated(oldMembers()));
    }

    /**
     * The end of this ring in favour of an older one. At any time: whoever has something that was acknowledged in this
     * ring keeps it until the other one has it.
     */
    public RingState dissolvedInto(RingState older) {
        Invariants.check(isServing(), "only a ring that serves is dissolved");
        Invariants.check(older.isOlderThan(this), "a ring gives way to an older one only");
        RingEpoch last = new RingEpoch(epoch.lineage(), epoch.number() + 1);
        return dissolved(last, foundedMicros, replication, older.epoch.lineage());
    }

    private static List<Seat> seated(List<RingMember> members) {
        return members.stream().map(member -> new Seat(member, Standing.MEMBER)).toList();
    }

    private RingState next(Phase newPhase, long newChangeNumber, Collection<Seat> newSeats) {
        RingEpoch next = new RingEpoch(epoch.lineage(), epoch.number() + 1);
        return new RingState(next, foundedMicros, newPhase, newChangeNumber, replication, newSeats);
    }

    @Override
    public String toString() {
        return phase + " at " + epoch + ", " + seats.size() + " seats";
    }
}
