package io.kvmesh.coordinator;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.UnavailableException;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.RingMember;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whom one round of an operation asks, and how many of them must answer. Immutable.
 *
 * <p>While the ring changes, a write must reach the quorum of the replicas in both rings, so that it is found by every
 * read, whichever of the two its coordinator goes by. A read asks the replicas of the ring by which keys are read.
 */
final class ReplicaPlan {
    private final ClusterView view;
    private final ConsistencyLevel level;
    /** Alive or not. */
    private final List<NodeId> replicas;
    /** With all replicas, alive or not. */
    private final List<ReplicaGroup> groups;
    /** The same groups with those only that are alive. */
    private final List<ReplicaGroup> alive;

    private final List<NodeId> targets;
    private final StandIns standIns;

    /** @param replicas all that are asked if they are alive; those of the groups are among them */
    private ReplicaPlan(
            ClusterView view,
            ConsistencyLevel level,
            List<NodeId> replicas,
            List<ReplicaGroup> groups,
            StandIns standIns) {
        this.view = view;
        this.level = level;
        this.replicas = replicas;
        this.groups = groups;
        this.alive = onlyAlive(view, groups);
        this.targets = alive(view, replicas, alive);
        this.standIns = standIns;
    }

    /** As the other one, of a write for which only replicas count. */
    static ReplicaPlan ofWrite(ClusterView view, int partition, ConsistencyLevel level) {
        return ofWrite(view, partition, level, StandIns.NONE);
    }

    /** All replicas are asked, also those that do not count for the level. */
    static ReplicaPlan ofWrite(ClusterView view, int partition, ConsistencyLevel level, StandIns standIns) {
        String here = dataCenter(view);
        List<NodeId> replicas = view.ring().replicasOf(partition);
        List<ReplicaGroup> groups = LevelGroups.of(level, view.ring(), partition, here);
        Ring other = view.otherRing();
        if (other == null || other.replicasOf(partition).equals(replicas)) {
            return new ReplicaPlan(view, level, replicas, groups, standIns);
        }
        List<ReplicaGroup> both = new ArrayList<>(groups);
        for (ReplicaGroup group : LevelGroups.of(level, other, partition, here)) {
            // A data centre that has copies in one of the rings only is waited for there.
            if (!group.replicas().isEmpty()) {
                both.add(group);
            }
        }
        return new ReplicaPlan(view, level, union(replicas, other.replicasOf(partition)), both, standIns);
    }

    /** Only those replicas are asked that count for the level. */
    static ReplicaPlan ofRead(ClusterView view, int partition, ConsistencyLevel level) {
        List<ReplicaGroup> groups = LevelGroups.of(level, view.ring(), partition, dataCenter(view));
        List<NodeId> replicas = groups.get(0).replicas();
        for (int i = 1; i < groups.size(); i++) {
            replicas = union(replicas, groups.get(i).replicas());
        }
        return new ReplicaPlan(view, level, replicas, groups, StandIns.NONE);
    }

    /** All who hold a partition, by both rings while the ring changes. */
    static List<NodeId> replicas(ClusterView view, int partition) {
        List<NodeId> replicas = view.ring().replicasOf(partition);
        Ring other = view.otherRing();
        return other == null ? replicas : union(replicas, other.replicasOf(partition));
    }

    /** Where this member is; null while it is in no ring. */
    static @Nullable String dataCenter(ClusterView view) {
        return dataCenter(view, view.self());
    }

    /** Where a member is; null while it is in no ring. */
    static @Nullable String dataCenter(ClusterView view, NodeId node) {
        RingMember member = view.ring().member(node);
        Ring other = view.otherRing();
        if (member == null && other != null) {
            member = other.member(node);
        }
        return member == null ? null : member.dataCenter();
    }

    /** Whether enough replicas are alive, or members that may stand in for those that are not. */
    boolean isPossible() {
        for (int i = 0; i < alive.size(); i++) {
            if (!isPossible(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean isPossible(int group) {
        ReplicaGroup living = alive.get(group);
        return living.isPossible()
                || (!standIns.isEmpty()
                        && living.replicas().size() + standIns.countFor(missing(group)) >= living.required());
    }

    private List<NodeId> missing(int group) {
        List<NodeId> missing = new ArrayList<>(groups.get(group).replicas());
        missing.removeAll(alive.get(group).replicas());
        return missing;
    }

    StandIns standIns() {
        return standIns;
    }

    /** Counts the answers of this plan's replicas. */
    QuorumTracker newTracker() {
        return standIns.isEmpty()
                ? new QuorumTracker(targets, alive)
                : QuorumTracker.withStandIns(replicas, targets, groups);
    }

    /** Whether there are targets that the level can do without. */
    boolean hasMoreThanRequired() {
        int required = 0;
        for (ReplicaGroup group : alive) {
            required += group.required();
        }
        return required < targets.size();
    }

    /** The same targets, of which each must answer. */
    ReplicaPlan requiringAll() {
        return new ReplicaPlan(
                view, level, targets, List.of(new ReplicaGroup(targets, Math.max(1, targets.size()))), StandIns.NONE);
    }

    /** The state of the ring that the replicas were chosen by. */
    RingEpoch epoch() {
        return view.epoch();
    }

    /** All replicas that are alive, once each. */
    List<NodeId> targets() {
        return targets;
    }

    /** The targets, those in the data centre of this member before the others. */
    List<NodeId> nearFirst() {
        String here = dataCenter(view);
        if (here == null || view.ring().replication().byDataCenter().size() <= 1) {
            return targets;
        }
        List<NodeId> ordered = new ArrayList<>(targets.size());
        List<NodeId> far = new ArrayList<>(targets.size());
        for (NodeId replica : targets) {
            RingMember member = view.ring().member(replica);
            (member != null && member.dataCenter().equals(here) ? ordered : far).add(replica);
        }
        ordered.addAll(far);
        return ordered;
    }

    /** The targets in each data centre but this member's own, in order of the names, where there are two or more. */
    List<List<NodeId>> farTargets() {
        Ring other = view.otherRing();
        if (view.ring().isInOneDataCenter() && (other == null || other.isInOneDataCenter())) {
            return List.of();
        }
        String here = dataCenter(view);
        if (here == null) {
            return List.of();
        }
        TreeMap<String, List<NodeId>> far = new TreeMap<>();
        for (NodeId target : targets) {
            String there = dataCenter(view, target);
            if (there != null && !there.equals(here)) {
                far.computeIfAbsent(there, name -> new ArrayList<>()).add(target);
            }
        }
        return far.values().stream().filter(some -> some.size() > 1).toList();
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
        return replicas.equals(List.of(replica));
    }

    /** The error for a plan that is not possible. */
    UnavailableException unavailable(String what) {
        for (int i = 0; i < groups.size(); i++) {
            if (!isPossible(i)) {
                return unavailable(what, i);
            }
        }
        throw new IllegalStateException("enough replicas are alive");
    }

    private UnavailableException unavailable(String what, int index) {
        ReplicaGroup group = groups.get(index);
        List<NodeId> missing = missing(index);
        String down = missing.isEmpty() ? "" : "; not alive: " + FailureLog.names(view, missing);
        String others =
                standIns.isEmpty() ? "" : ", and " + standIns.countFor(missing) + " members that could stand in";
        return new UnavailableException("cannot " + what + " at " + level + ": needs " + group.required()
                + " replicas of " + group.replicas().size() + group.where() + ", "
                + alive.get(index).replicas().size() + " alive" + others + down
                + ". Nothing was done; retry, or ask for a lower consistency level.");
    }

    private static List<ReplicaGroup> onlyAlive(ClusterView view, List<ReplicaGroup> groups) {
        if (groups.size() == 1) {
            return List.of(groups.get(0).onlyAlive(view));
        }
        return groups.stream().map(group -> group.onlyAlive(view)).toList();
    }

    private static List<NodeId> alive(ClusterView view, List<NodeId> replicas, List<ReplicaGroup> alive) {
        List<NodeId> first = alive.get(0).replicas();
        return alive.size() == 1 && first.size() == replicas.size() ? first : ReplicaGroup.alive(view, replicas);
    }

    private static List<NodeId> union(List<NodeId> some, List<NodeId> others) {
        List<NodeId> union = new ArrayList<>(some);
        for (NodeId replica : others) {
            if (!union.contains(replica)) {
                union.add(replica);
            }
        }
        return union;
    }
}
