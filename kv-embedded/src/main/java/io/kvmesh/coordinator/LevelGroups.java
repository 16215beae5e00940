package io.kvmesh.coordinator;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.RingMember;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which replicas count for a consistency level. Stateless.
 *
 * <p>Data centres are told apart where the replication names them. Where copies lie anywhere, a partition may have any
 * number of them in a data centre, and a quorum among those would promise nothing; so there all replicas count. They
 * also count, all together, for a member that has no place in the ring yet.
 */
final class LevelGroups {
    private LevelGroups() {}

    /**
     * The groups of one partition; each must be satisfied, and there is one at least.
     *
     * @param here the data centre of this member, null if that is not known
     */
    static List<ReplicaGroup> of(ConsistencyLevel level, Ring ring, int partition, @Nullable String here) {
        List<NodeId> replicas = ring.replicasOf(partition);
        if (ring.replication().isPerDataCenter()) {
            if (level.isLocal() && here != null) {
                return List.of(group(level, ring, replicas, here));
            }
            if (level == ConsistencyLevel.EACH_QUORUM && !replicas.isEmpty()) {
                return eachDataCenter(level, ring, replicas);
            }
        }
        return List.of(group(level, replicas, ""));
    }

    private static List<ReplicaGroup> eachDataCenter(ConsistencyLevel level, Ring ring, List<NodeId> replicas) {
        List<ReplicaGroup> groups = new ArrayList<>();
        for (String dataCenter : ring.replication().byDataCenter().keySet()) {
            ReplicaGroup group = group(level, ring, replicas, dataCenter);
            // One that has no member yet has nobody to wait for.
            if (!group.replicas().isEmpty()) {
                groups.add(group);
            }
        }
        return groups;
    }

    private static ReplicaGroup group(ConsistencyLevel level, Ring ring, List<NodeId> replicas, String dataCenter) {
        List<NodeId> inside = new ArrayList<>(replicas.size());
        for (NodeId replica : replicas) {
            RingMember member = Objects.requireNonNull(ring.member(replica));
            if (member.dataCenter().equals(dataCenter)) {
                inside.add(replica);
            }
        }
        return group(level, inside, " in data centre " + dataCenter);
    }

    /** A level asks for one replica at least, also where there is none. */
    private static ReplicaGroup group(ConsistencyLevel level, List<NodeId> replicas, String where) {
        return new ReplicaGroup(replicas, Math.max(1, level.required(replicas.size())), where);
    }
}
