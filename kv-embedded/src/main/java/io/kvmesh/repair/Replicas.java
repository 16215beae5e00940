package io.kvmesh.repair;

import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Ring;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** Who holds a partition. Stateless. */
final class Replicas {
    private Replicas() {}

    /** Those by which the partition is read, this member left out. */
    static List<NodeId> others(ClusterView view, int partition) {
        List<NodeId> others = new ArrayList<>(view.ring().replicasOf(partition));
        others.remove(view.self());
        return others;
    }

    static boolean holds(ClusterView view, NodeId node, int partition) {
        Ring other = view.otherRing();
        return view.ring().replicasOf(partition).contains(node)
                || (other != null && other.replicasOf(partition).contains(node));
    }

    /** Whether the partition does not move: no member that joins or leaves gives it other replicas. */
    static boolean areSettled(ClusterView view, int partition) {
        Ring other = view.otherRing();
        return other == null || areSame(view.ring().replicasOf(partition), other.replicasOf(partition));
    }

    static boolean areSame(Collection<NodeId> some, Collection<NodeId> others) {
        return new TreeSet<>(some).equals(new TreeSet<>(others));
    }

    /** The first replica that is alive: it compares the partition with the others. */
    static boolean isFirstAlive(ClusterView view, int partition) {
        for (NodeId replica : view.ring().replicasOf(partition)) {
            if (view.isAlive(replica)) {
                return replica.equals(view.self());
            }
        }
        return false;
    }
}
