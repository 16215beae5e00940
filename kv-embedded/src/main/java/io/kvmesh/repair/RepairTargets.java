package io.kvmesh.repair;

import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.MapDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which partitions are this member's to repair, and which of them is next. Guarded by the monitor of anti-entropy.
 */
final class RepairTargets {
    private static final int RETRIES_IN_INTERVAL = 48;

    private final RepairSeams seams;
    private final RepairHistory history;
    private final long intervalMicros;
    /** When a repair failed, in wall time: the partition is left alone for a while. */
    private final Map<RepairTarget, Long> failedMicros = new TreeMap<>();
    /** When a partition was compared with some of its replicas. */
    private final Map<RepairTarget, Long> partialMicros = new TreeMap<>();

    RepairTargets(RepairSeams seams, RepairHistory history, long intervalMicros) {
        this.seams = seams;
        this.history = history;
        this.intervalMicros = intervalMicros;
    }

    /** All partitions that this member holds together with others: of a map, and one of them, if these are named. */
    List<RepairTarget> held(@Nullable String map, @Nullable Integer partition) {
        ClusterView view = seams.view().get();
        List<RepairTarget> held = new ArrayList<>();
        for (MapDescriptor descriptor : seams.engine().maps()) {
            if (map != null && !map.equals(descriptor.name())) {
                continue;
            }
            for (int each = 0; each < view.ring().partitioner().partitions(); each++) {
                boolean named = partition == null || partition == each;
                if (named && view.ring().replicasOf(each).contains(view.self())) {
                    held.add(new RepairTarget(descriptor, each));
                }
            }
        }
        return held;
    }

    /** All partitions with several replicas of which this member is the first one that is alive. */
    List<RepairTarget> own() {
        ClusterView view = seams.view().get();
        List<RepairTarget> own = new ArrayList<>();
        for (MapDescriptor map : seams.engine().maps()) {
            for (int partition = 0; partition < view.ring().partitioner().partitions(); partition++) {
                if (view.ring().replicasOf(partition).size() > 1 && Replicas.isFirstAlive(view, partition)) {
                    own.add(new RepairTarget(map, partition));
                }
            }
        }
        return own;
    }

    /** The one that was repaired longest ago, of those that are due; null if none is. */
    @Nullable
    RepairTarget due(List<RepairTarget> own) {
        ClusterView view = seams.view().get();
        long nowMicros = seams.clock().wallMicros();
        RepairTarget oldest = null;
        for (RepairTarget target : own) {
            if (isDue(target, view, nowMicros)
                    && (oldest == null || lastMicros(target, nowMicros) < lastMicros(oldest, nowMicros))) {
                oldest = target;
            }
        }
        return oldest;
    }

    private boolean isDue(RepairTarget target, ClusterView view, long nowMicros) {
        long halfMicros = intervalMicros / 2;
        if (nowMicros - lastMicros(target, nowMicros) < halfMicros
                || isRecent(failedMicros, target, nowMicros, intervalMicros / RETRIES_IN_INTERVAL)) {
            return false;
        }
        List<?> alive = Replicas.others(view, target.partition()).stream()
                .filter(view::isAlive)
                .toList();
        if (alive.size() == view.ring().replicasOf(target.partition()).size() - 1) {
            return Replicas.areSettled(view, target.partition());
        }
        return !alive.isEmpty() && !isRecent(partialMicros, target, nowMicros, halfMicros);
    }

    /** A time ahead of the clock was told by a wrong one. */
    private long lastMicros(RepairTarget target, long nowMicros) {
        long lastMicros = history.lastBeginMicros(target.map().id(), target.partition());
        return lastMicros > nowMicros ? RepairHistory.NEVER : lastMicros;
    }

    private static boolean isRecent(
            Map<RepairTarget, Long> times, RepairTarget target, long nowMicros, long spanMicros) {
        Long atMicros = times.get(target);
        return atMicros != null && Math.abs(nowMicros - atMicros) < spanMicros;
    }

    void ended(RepairTarget target, PartitionRepair.Result result) {
        failedMicros.remove(target);
        partialMicros.remove(target);
        if (result.failure() != null) {
            failedMicros.put(target, seams.clock().wallMicros());
        } else if (!result.complete()) {
            partialMicros.put(target, seams.clock().wallMicros());
        }
    }

    /** Forgets what became of partitions that are others' to repair now. */
    void retain(List<RepairTarget> own) {
        TreeSet<RepairTarget> kept = new TreeSet<>(own);
        failedMicros.keySet().retainAll(kept);
        partialMicros.keySet().retainAll(kept);
    }

    /** When each of these was last repaired with all its replicas, in wall time; 0 for never. */
    List<Long> lastMicros(List<RepairTarget> own) {
        long nowMicros = seams.clock().wallMicros();
        return own.stream().map(target -> lastMicros(target, nowMicros)).toList();
    }
}
