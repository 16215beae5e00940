package io.kvmesh.coordinator;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.UnavailableException;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.Ring;
import java.util.ArrayList;
import java.util.List;

/**
 * Whom one round of an operation asks, and how many of them must answer. Immutable.
 *
 * <p>While the ring changes, a write must reach the quorum of the replicas in both rings, so that it is found by every
 * read, whichever of the two its coordinator goes by. A read asks the replicas of the ring by which keys are read.
 */
final class ReplicaPlan {
    private final ClusterView view;
    private final ConsistencyLevel level;
    /** With all replicas, alive or not. */
    private final List<ReplicaGroup> groups;
    /** The same groups with those only that are alive. */
    private final List<ReplicaGroup> alive;

    private final List<NodeId> targets;

    private ReplicaPlan(ClusterView view, ConsistencyLevel level, List<ReplicaGroup> groups) {
        this.view = view;
        this.level = level;
        this.groups = groups;
        this.alive = onlyAlive(view, groups);
        this.targets = union(alive);
    }

    static ReplicaPlan ofWrite(ClusterView view, int partition, ConsistencyLevel level) {
        ReplicaGroup group = group(view.ring(), partition, level);
        Ring other = view.otherRing();
        if (other == null || other.replicasOf(partition).equals(group.replicas())) {
            return new ReplicaPlan(view, level, List.of(group));
        }
        return new ReplicaPlan(view, level, List.of(group, group(other, partition, level)));
    }

    static ReplicaPlan ofRead(ClusterView view, int partition, ConsistencyLevel level) {
        return new ReplicaPlan(view, level, List.of(group(view.ring(), partition, level)));
    }

    private static ReplicaGroup group(Ring ring, int partition, ConsistencyLevel level) {
        List<NodeId> replicas = ring.replicasOf(partition);
        return new ReplicaGroup(replicas, level.required(replicas.size()));
    }

    /** Whether enough replicas are alive. */
    boolean isPossible() {
        for (ReplicaGroup group : alive) {
            if (!group.isPossible()) {
                return false;
            }
        }
        return true;
    }

    /** The state of the ring that the replicas were chosen by. */
    RingEpoch epoch() {
        return view.epoch();
    }

    /** All replicas that are alive, once each. */
    List<NodeId> targets() {
        return targets;
    }

    /** Which of the targets must answer. */
    List<ReplicaGroup> groups() {
        return alive;
    }

    /** Whether this replica alone can satisfy the level. */
    boolean isSatisfiedBy(NodeId replica) {
        for (ReplicaGroup group : alive) {
            if (!group.isSatisfiedBy(replica)) {
                return false;
            }
        }
        return true;
    }

    /** Whether there is no other replica, alive or not. */
    boolean isHeldOnlyBy(NodeId replica) {
        return groups.stream().allMatch(group -> group.replicas().equals(List.of(replica)));
    }

    /** The error for a plan that is not possible. */
    UnavailableException unavailable(String what) {
        for (int i = 0; i < groups.size(); i++) {
            if (!alive.get(i).isPossible()) {
                return unavailable(what, groups.get(i), alive.get(i));
            }
        }
        throw new IllegalStateException("enough replicas are alive");
    }

    private UnavailableException unavailable(String what, ReplicaGroup group, ReplicaGroup living) {
        List<NodeId> missing = new ArrayList<>(group.replicas());
        missing.removeAll(living.replicas());
        String down = missing.isEmpty() ? "" : "; not alive: " + FailureLog.names(view, missing);
        return new UnavailableException("cannot " + what + " at " + level + ": needs " + group.required()
                + " replicas of " + group.replicas().size() + ", "
                + living.replicas().size() + " alive" + down
                + ". Nothing was done; retry, or ask for a lower consistency level.");
    }

    private static List<ReplicaGroup> onlyAlive(ClusterView view, List<ReplicaGroup> groups) {
        if (groups.size() == 1) {
            return List.of(groups.get(0).onlyAlive(view));
        }
        return groups.stream().map(group -> group.onlyAlive(view)).toList();
    }

    private static List<NodeId> union(List<ReplicaGroup> groups) {
        if (groups.size() == 1) {
            return groups.get(0).replicas();
        }
        List<NodeId> union = new ArrayList<>();
        for (ReplicaGroup group : groups) {
            for (NodeId replica : group.replicas()) {
                if (!union.contains(replica)) {
                    union.add(replica);
                }
            }
        }
        return union;
    }
}
