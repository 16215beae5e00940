package io.kvmesh.coordinator;

import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.List;

/**
 * Replicas of which so many must answer. Immutable; an operation has one group or several, and needs all of them.
 *
 * @param replicas in the order of the ring, without duplicates
 * @param required at least 1; may exceed the replicas, and then the group cannot be satisfied
 * @param where what an error says of the group's place, empty if it is anywhere
 */
record ReplicaGroup(List<NodeId> replicas, int required, String where) {

    ReplicaGroup(List<NodeId> replicas, int required) {
        this(replicas, required, "");
    }

    /** The same number, of those that are worth asking. */
    ReplicaGroup onlyAlive(ClusterView view) {
        for (NodeId replica : replicas) {
            if (!view.isAlive(replica)) {
                return new ReplicaGroup(alive(view, replicas), required, where);
            }
        }
        return this;
    }

    /** Those that are worth asking, in the same order. */
    static List<NodeId> alive(ClusterView view, List<NodeId> replicas) {
        List<NodeId> alive = new ArrayList<>(replicas.size());
        for (NodeId replica : replicas) {
            if (view.isAlive(replica)) {
                alive.add(replica);
            }
        }
        return alive;
    }

    boolean isPossible() {
        return replicas.size() >= required;
    }

    /** Whether the answer of this one replica is all that it takes. */
    boolean isSatisfiedBy(NodeId replica) {
        return required == 1 && replicas.contains(replica);
    }
}
