package io.kvmesh.membership;

import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Replication;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.RingChange;
import io.kvmesh.ring.RingState;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What follows from a state of the ring for reading and writing. Immutable. */
final class RingViews {
    private final RingEpoch epoch;
    private final @Nullable RingState state;
    private final Ring ring;
    private final @Nullable Ring otherRing;
    private final long[] changedAt;

    /**
     * @param state null before there is a ring
     * @param ring by which keys are read
     * @param otherRing to which writes must go as well; null if the ring does not change
     * @param changedAt by partition: the number of the state since which those who read and write it are the same
     */
    private RingViews(@Nullable RingState state, Ring ring, @Nullable Ring otherRing, long[] changedAt) {
        this(state == null ? RingEpoch.NONE : state.epoch(), state, ring, otherRing, changedAt);
    }

    RingViews(RingEpoch epoch, @Nullable RingState state, Ring ring, @Nullable Ring otherRing, long[] changedAt) {
        this.epoch = epoch;
        this.state = state;
        this.ring = ring;
        this.otherRing = otherRing;
        this.changedAt = changedAt;
    }

    @Nullable
    RingState state() {
        return state;
    }

    Ring ring() {
        return ring;
    }

    @Nullable
    Ring otherRing() {
        return otherRing;
    }

    long[] changedAt() {
        return changedAt;
    }

    static RingViews none(Partitioner partitioner, Replication replication) {
        return new RingViews(
                null, Ring.of(partitioner, replication, List.of()), null, new long[partitioner.partitions()]);
    }

    /** The views of a state that follows these. */
    RingViews then(RingState next) {
        Partitioner partitioner = ring.partitioner();
        Ring before = Ring.of(partitioner, next.replication(), next.isServing() ? next.oldMembers() : List.of());
        RingViews views = switch (next.phase()) {
            case FORMING, STEADY, DISSOLVED -> new RingViews(next, before, null, changedAt.clone());
            case STREAMING -> new RingViews(next, before, nextRing(next), changedAt.clone());
            case SWITCHED -> new RingViews(next, nextRing(next), before, changedAt.clone());
        };
        views.markChanges(this);
        return views;
    }

    private Ring nextRing(RingState next) {
        return Ring.of(ring.partitioner(), next.replication(), next.nextMembers());
    }

    private void markChanges(RingViews before) {
        RingEpoch epoch = epoch();
        RingEpoch known = before.epoch();
        if (state != null && state.phase() == RingState.Phase.DISSOLVED) {
            // Nobody is served by it any more, also not who knows this very state.
            Arrays.fill(changedAt, epoch.number() + 1);
            return;
        }
        if (known.lineage() != epoch.lineage() || known.number() + 1 != epoch.number()) {
            // What happened between is not known.
            Arrays.fill(changedAt, epoch.number());
            return;
        }
        for (int partition = 0; partition < changedAt.length; partition++) {
            boolean same = ring.replicasOf(partition).equals(before.ring.replicasOf(partition))
                    && written(partition).equals(before.written(partition));
            if (!same) {
                changedAt[partition] = epoch.number();
            }
        }
    }

    private List<?> written(int partition) {
        return (otherRing == null ? ring : otherRing).replicasOf(partition);
    }

    RingEpoch epoch() {
        return epoch;
    }

    /** The change that is under way; null if none is. */
    @Nullable
    RingChange change() {
        if (state == null || otherRing == null) {
            return null;
        }
        return state.phase() == RingState.Phase.STREAMING
                ? new RingChange(ring, otherRing, state.removed())
                : new RingChange(otherRing, ring, state.removed());
    }
}
