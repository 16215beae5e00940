package io.kvmesh.coordinator;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.hint.HintedHandoff;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The members that may keep a write for replicas that cannot be reached, so that it counts for the level. Immutable.
 *
 * <p>They are those next on the ring behind the replicas that are alive, and at last this member, if it is no replica.
 * Each stands in for one replica only, since a level promises that so many disks have the write; but where one is
 * enough, at {@link ConsistencyLevel#ANY}, it may keep it for several. Where a level is about data centres, a replica's
 * stand-in is in the same one.
 */
final class StandIns {
    /** For writes for which only replicas count. */
    static final StandIns NONE = new StandIns(List.of(), List.of(), null, false);

    private final List<NodeId> members;
    /** Replicas for which nobody keeps anything, since they have been away for too long. */
    private final List<NodeId> givenUp;
    /** Tells the data centres; null if they do not matter. */
    private final @Nullable ClusterView places;

    private final boolean forSeveral;

    private StandIns(List<NodeId> members, List<NodeId> givenUp, @Nullable ClusterView places, boolean forSeveral) {
        this.members = members;
        this.givenUp = givenUp;
        this.places = places;
        this.forSeveral = forSeveral;
    }

    static StandIns of(
            @Nullable HintedHandoff handoff, ClusterView view, int partition, ConsistencyLevel level, Quorum quorum) {
        boolean any = level == ConsistencyLevel.ANY;
        if (handoff == null || !handoff.isOn() || !(any || quorum == Quorum.SLOPPY)) {
            return NONE;
        }
        List<NodeId> givenUp = new ArrayList<>(0);
        for (NodeId replica : ReplicaPlan.replicas(view, partition)) {
            if (!handoff.isInTime(view, replica)) {
                givenUp.add(replica);
            }
        }
        return of(handoff.holdersFor(view, partition), givenUp, view, partition, level);
    }

    /**
     * Of what a handoff tells.
     *
     * @param holders members that are alive and no replicas
     * @param givenUp replicas for which no hints are kept
     */
    static StandIns of(
            List<NodeId> holders, List<NodeId> givenUp, ClusterView view, int partition, ConsistencyLevel level) {
        List<NodeId> members = new ArrayList<>(holders);
        if (!members.contains(view.self())
                && !ReplicaPlan.replicas(view, partition).contains(view.self())) {
            members.add(view.self());
        }
        boolean inPlace = view.ring().replication().isPerDataCenter()
                && (level.isLocal() || level == ConsistencyLevel.EACH_QUORUM);
        return new StandIns(
                List.copyOf(members), List.copyOf(givenUp), inPlace ? view : null, level == ConsistencyLevel.ANY);
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    /** Those that may stand in for a replica, in the order in which they should be asked. */
    List<NodeId> forReplica(NodeId replica) {
        ClusterView current = places;
        if (current == null) {
            return members;
        }
        String there = ReplicaPlan.dataCenter(current, replica);
        return members.stream()
                .filter(member -> Objects.equals(ReplicaPlan.dataCenter(current, member), there))
                .toList();
    }

    /** For how many of these replicas, which lie in one data centre if that matters, somebody can stand in. */
    int countFor(List<NodeId> missing) {
        if (missing.isEmpty()) {
            return 0;
        }
        int there = forReplica(missing.get(0)).size();
        int wanting = 0;
        for (NodeId replica : missing) {
            wanting += givenUp.contains(replica) ? 0 : 1;
        }
        return forSeveral && there > 0 ? wanting : Math.min(wanting, there);
    }

    /** Whether one member may keep the write for several replicas. */
    boolean isForSeveral() {
        return forSeveral;
    }
}
