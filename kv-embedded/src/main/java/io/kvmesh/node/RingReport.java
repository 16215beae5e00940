package io.kvmesh.node;

import io.kvmesh.api.RingInfo;
import io.kvmesh.api.RingInfo.PartitionInfo;
import io.kvmesh.api.StreamInfo;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.RingChange;
import io.kvmesh.ring.RingState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Tells how a view's ring is replicated, and who fetches what. Stateless. */
final class RingReport {
    private RingReport() {}

    static RingInfo ring(ClusterView view) {
        RingState state = view.ringState();
        List<PartitionInfo> under = underReplicated(view);
        int withoutQuorum = 0;
        int unreachable = 0;
        for (PartitionInfo partition : under) {
            withoutQuorum += partition.alive() < quorum(partition.replicas().size()) ? 1 : 0;
            unreachable += partition.alive() == 0 ? 1 : 0;
        }
        under.sort(Comparator.comparingInt(PartitionInfo::alive).thenComparingInt(PartitionInfo::partition));
        return new RingInfo(
                state == null ? "" : String.format("%016x", state.epoch().lineage()),
                state == null ? 0 : state.epoch().number(),
                phase(view),
                view.ring().partitioner().partitions(),
                view.ring().replicationFactor(),
                under.size(),
                withoutQuorum,
                unreachable,
                under.subList(0, Math.min(under.size(), RingInfo.PARTITIONS_LISTED_MAX)));
    }

    private static RingInfo.Phase phase(ClusterView view) {
        RingState state = view.ringState();
        if (state == null) {
            // A store that is alone has its ring for itself.
            return view.ring().members().isEmpty() ? RingInfo.Phase.NONE : RingInfo.Phase.STEADY;
        }
        return switch (state.phase()) {
            case FORMING -> RingInfo.Phase.FORMING;
            case STEADY -> RingInfo.Phase.STEADY;
            case STREAMING -> RingInfo.Phase.STREAMING;
            case SWITCHED -> RingInfo.Phase.SWITCHED;
            case DISSOLVED -> RingInfo.Phase.DISSOLVED;
        };
    }

    private static List<PartitionInfo> underReplicated(ClusterView view) {
        Ring ring = view.ring();
        List<PartitionInfo> under = new ArrayList<>();
        for (int partition = 0; partition < ring.partitioner().partitions(); partition++) {
            List<NodeId> replicas = ring.replicasOf(partition);
            int alive = alive(view, replicas);
            if (alive < ring.replicationFactor()) {
                under.add(new PartitionInfo(
                        partition, replicas.stream().map(NodeId::toString).toList(), alive));
            }
        }
        return under;
    }

    /** Whether all partitions that this member holds have a quorum of replicas among the others that are alive. */
    static boolean canDoWithout(ClusterView view) {
        Ring ring = view.ring();
        for (int partition = 0; partition < ring.partitioner().partitions(); partition++) {
            List<NodeId> replicas = ring.replicasOf(partition);
            if (replicas.contains(view.self()) && alive(view, replicas) - 1 < quorum(replicas.size())) {
                return false;
            }
        }
        return true;
    }

    /** @param local how far this member is, if it fetches something */
    static List<StreamInfo> streams(ClusterView view, Optional<StreamInfo.Progress> local) {
        RingState state = view.ringState();
        RingChange change = view.ringChange();
        if (state == null || change == null || state.phase() != RingState.Phase.STREAMING) {
            return List.of();
        }
        List<StreamInfo> streams = new ArrayList<>();
        for (NodeId gainer : change.gainers()) {
            int gained = 0;
            for (int partition = 0; partition < view.ring().partitioner().partitions(); partition++) {
                gained += change.gains(gainer, partition) ? 1 : 0;
            }
            streams.add(
                    new StreamInfo(gainer.toString(), gained, gainer.equals(view.self()) ? local : Optional.empty()));
        }
        return streams;
    }

    private static int alive(ClusterView view, List<NodeId> replicas) {
        int alive = 0;
        for (NodeId replica : replicas) {
            alive += view.isAlive(replica) ? 1 : 0;
        }
        return alive;
    }

    private static int quorum(int replicas) {
        return replicas / 2 + 1;
    }
}
