package io.kvmesh.hint;

import io.kvmesh.membership.ClusterView;
import io.kvmesh.metadata.Hint;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Ring;
import java.util.List;
import java.util.TreeSet;

/**
 * Where a hint is to go by the ring as it is now. Immutable.
 *
 * @param recipients the target, or all replicas if it is none of them any more; who of them acknowledged all has it
 * @param open whether all recipients are alive; if not, the hint waits
 */
record HintRoute(List<NodeId> recipients, boolean open) {

    static HintRoute of(ClusterView view, Hint hint) {
        TreeSet<NodeId> replicas = replicas(view, hint.key().partition());
        List<NodeId> recipients = replicas.contains(hint.target()) ? List.of(hint.target()) : List.copyOf(replicas);
        return new HintRoute(
                recipients, !recipients.isEmpty() && recipients.stream().allMatch(view::isAlive));
    }

    /** Whether the hint goes to others than its target. */
    boolean isDetour(Hint hint) {
        return !recipients.equals(List.of(hint.target()));
    }

    /** Those who hold a partition, and while the ring changes those who will or did. */
    static TreeSet<NodeId> replicas(ClusterView view, int partition) {
        TreeSet<NodeId> replicas = new TreeSet<>(view.ring().replicasOf(partition));
        Ring other = view.otherRing();
        if (other != null) {
            replicas.addAll(other.replicasOf(partition));
        }
        return replicas;
    }
}
