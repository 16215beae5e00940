package io.kvmesh.repair;

import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Ring;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who is to be asked for which keys, so that this member then has all that any other replica has of them. Immutable.
 *
 * <p>All the others, not some: a write may have been acknowledged by this member and one other only, and nobody knows
 * which one that was.
 *
 * @param unheld a partition that no other member holds, whose keys cannot be repaired; null if there is none
 */
record RepairPlan(List<Leg> legs, @Nullable Integer unheld) {

    /** What one member is asked for. */
    record Leg(NodeId source, KeySpan span) {}

    RepairPlan {
        legs = List.copyOf(legs);
    }

    /**
     * The plan for keys of this member; what follows each other at one source is one leg.
     *
     * @param removed replicas of whom an operator vouches that they will not be back: what only they had is lost, and
     *     nobody waits for it
     */
    static RepairPlan of(List<KeySpan> damaged, NodeId self, Ring ring, Set<NodeId> removed) {
        Map<NodeId, List<KeySpan>> bySource = new TreeMap<>();
        Integer unheld = null;
        for (KeySpan span : damaged) {
            int last = lastPartition(span, ring.partitioner().partitions());
            for (int partition = span.from().partition(); partition <= last; partition++) {
                KeySpan part = span.and(KeySpan.ofPartitions(partition, partition));
                boolean held = false;
                for (NodeId replica : ring.replicasOf(partition)) {
                    held |= removed.contains(replica);
                    if (!replica.equals(self) && !removed.contains(replica)) {
                        held = true;
                        extend(bySource.computeIfAbsent(replica, node -> new ArrayList<>()), part);
                    }
                }
                unheld = held ? unheld : Integer.valueOf(partition);
            }
        }
        List<Leg> legs = new ArrayList<>();
        bySource.forEach((source, spans) -> spans.forEach(span -> legs.add(new Leg(source, span))));
        return new RepairPlan(legs, unheld);
    }

    private static int lastPartition(KeySpan span, int partitions) {
        Key to = span.to();
        if (to == null) {
            return partitions - 1;
        }
        return to.length() == Key.PARTITION_BYTES ? to.partition() - 1 : to.partition();
    }

    private static void extend(List<KeySpan> spans, KeySpan next) {
        KeySpan before = spans.isEmpty() ? null : spans.get(spans.size() - 1);
        if (before != null && Objects.equals(before.to(), next.from())) {
            spans.set(spans.size() - 1, new KeySpan(before.from(), next.to()));
        } else {
            spans.add(next);
        }
    }
}
