package io.kvmesh.repair;

import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.MapId;
import io.kvmesh.storage.RepairedUntil;
import java.util.function.Supplier;

/**
 * Tells merges which deletions all replicas know, from the repairs that all of them took part in. Safe for any thread.
 */
public final class ForgettableDeletions implements RepairedUntil {
    private final RepairHistory history;
    private final Supplier<ClusterView> view;

    public ForgettableDeletions(RepairHistory history, Supplier<ClusterView> view) {
        this.history = history;
        this.view = view;
    }

    @Override
    public long repairedUntilMicros(MapId map, int firstPartition, int lastPartition) {
        ClusterView current = view.get();
        if (!current.ring().contains(current.self()) || current.isMerging()) {
            // Which partitions this member holds is not known yet, or it has some of another ring.
            return Long.MIN_VALUE;
        }
        long untilMicros = Long.MAX_VALUE;
        for (int partition = firstPartition; partition <= lastPartition; partition++) {
            // Of a partition that was never held here there is nothing. One that was keeps what it has until it is
            // handed over.
            if (Replicas.holds(current, current.self(), partition)
                    || history.lastBeginMicros(map, partition) != RepairHistory.NEVER) {
                untilMicros = Math.min(untilMicros, history.repairedUntilMicros(map, partition));
            }
        }
        return untilMicros;
    }
}
