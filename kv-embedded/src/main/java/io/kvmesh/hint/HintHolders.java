package io.kvmesh.hint;

import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Ring;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Finds who should keep hints for the replicas of a partition. Safe for any thread.
 *
 * <p>A walk along a large ring takes a while, so the members next to each partition are remembered as long as the ring
 * stays as it is.
 */
final class HintHolders {
    /** If all of so many members behind the replicas are down, whoever wants a hint kept keeps it. */
    static final int CANDIDATES_MAX = 8;

    private volatile @Nullable Candidates candidates;

    private record Candidates(Ring ring, AtomicReferenceArray<List<NodeId>> byPartition) {
        List<NodeId> of(int partition) {
            List<NodeId> known = byPartition.get(partition);
            if (known == null) {
                known = ring.behindReplicas(partition, CANDIDATES_MAX);
                byPartition.set(partition, known);
            }
            return known;
        }
    }

    /** The first of {@link #holdersFor}; null if there is none. */
    @Nullable
    NodeId holderFor(ClusterView view, int partition) {
        List<NodeId> behind = behind(view.ring(), partition);
        if (behind.isEmpty()) {
            return null;
        }
        Set<NodeId> replicas = HintRoute.replicas(view, partition);
        for (NodeId candidate : behind) {
            if (view.isAlive(candidate) && !replicas.contains(candidate)) {
                return candidate;
            }
        }
        return null;
    }

    /** Those next on the ring that are alive and no replicas, in their order. */
    List<NodeId> holdersFor(ClusterView view, int partition) {
        Set<NodeId> replicas = HintRoute.replicas(view, partition);
        List<NodeId> holders = new ArrayList<>();
        for (NodeId candidate : behind(view.ring(), partition)) {
            if (view.isAlive(candidate) && !replicas.contains(candidate)) {
                holders.add(candidate);
            }
        }
        return holders;
    }

    private List<NodeId> behind(Ring ring, int partition) {
        Candidates current = candidates;
        if (current == null || current.ring() != ring) {
            current = new Candidates(
                    ring, new AtomicReferenceArray<>(ring.partitioner().partitions()));
            candidates = current;
        }
        return current.of(partition);
    }
}
