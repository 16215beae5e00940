package io.kvmesh.repair;

import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.MapId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.storage.RepairedUntil;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Tells merges which deletions all replicas know, from the repairs that all of them took part in. Safe for any thread.
 */
public final class ForgettableDeletions implements RepairedUntil {
    private final RepairHistory history;
    private final Supplier<ClusterView> view;
    private final Predicate<RingEpoch> isNothingLeft;

    /**
     * @param isNothingLeft whether it is certain that nothing is stored here that a state of the ring does not give to
     *     this member
     */
    public ForgettableDeletions(RepairHistory history, Supplier<ClusterView> view, Predicate<RingEpoch> isNothingLeft) {
        this.history = history;
        this.view = view;
        this.isNothingLeft = isNothingLeft;
    }

    @Override
    public long repairedUntilMicros(MapId map, int firstPartition, int lastPartition) {
        ClusterView current = view.get();
        if (!current.ring().contains(current.self()) || current.isMerging()) {
            // Which partitions this member holds is not known yet, or it has some of another ring.
            return Long.MIN_VALUE;
        }
        // Of what was lost to others there may be deletions that they lack: these stay until they are handed over.
        boolean mayHaveMore = !isNothingLeft.test(current.epoch());
        long untilMicros = Long.MAX_VALUE;
        for (int partition = firstPartition; partition <= lastPartition; partition++) {
            if (mayHaveMore || Replicas.holds(current, current.self(), partition)) {
                untilMicros = Math.min(untilMicros, history.repairedUntilMicros(map, partition));
            }
        }
        return untilMicros;
    }
}
