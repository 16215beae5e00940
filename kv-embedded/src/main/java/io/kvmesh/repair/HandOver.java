package io.kvmesh.repair;

import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.repair.Comparison.Compared;
import io.kvmesh.repair.Comparison.Mode;
import io.kvmesh.repair.MerkleMessages.Statement;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gives the replicas of a partition what a member still has of it that no longer holds it, before that member drops it.
 * Its steps follow each other.
 *
 * <p>For each map, all present replicas are compared with this member, get what they lack or have older, and sync it.
 * Nothing is taken over from them. When all agreed, this member has nothing of the partition that they have not, and
 * {@code StorageEngine.dropPartitions} may drop it; {@link RepairHistory#forget} then forgets when it was repaired.
 *
 * <p>A cell is withheld that a replica lacks and that is older than what replicas may have forgotten: its deletion may
 * have been missed here. None is withheld when the hand-over takes place while the ring still changes, since no repair
 * counts meanwhile, see {@link PartitionRepair}. So a member should hand over as long as
 * {@link ClusterView#otherRing()} still has it, and drop afterwards.
 */
public final class HandOver {
    private final RepairSeams seams;
    private final RepairHistory history;
    private final int partition;
    private final List<NodeId> replicas;
    private final Consumer<Result> onEnd;
    private long pushed;
    private long withheld;

    /**
     * What became of a hand-over.
     *
     * @param pushed how many cells replicas were sent
     * @param withheld how many were withheld
     * @param failure why it is to be tried again; null if the partition may be dropped
     */
    public record Result(
            long pushed, long withheld, @Nullable String failure) {}

    private HandOver(
            RepairSeams seams, RepairHistory history, int partition, List<NodeId> replicas, Consumer<Result> onEnd) {
        this.seams = seams;
        this.history = history;
        this.partition = partition;
        this.replicas = List.copyOf(replicas);
        this.onEnd = onEnd;
    }

    /**
     * Hands over what this member has of a partition, of all its maps, to those by which the partition is read now.
     *
     * @param onEnd told once, in the background
     */
    public static void start(RepairSeams seams, RepairHistory history, int partition, Consumer<Result> onEnd) {
        ClusterView view = seams.view().get();
        List<NodeId> replicas = view.ring().replicasOf(partition);
        HandOver handOver = new HandOver(seams, history, partition, replicas, onEnd);
        if (replicas.isEmpty() || replicas.contains(view.self())) {
            seams.later(() -> handOver.fail("partition " + partition + " has to stay: its replicas are " + replicas));
            return;
        }
        Iterator<MapDescriptor> maps = List.copyOf(seams.engine().maps()).iterator();
        seams.later(() -> InTurn.each(maps, handOver::handOver, handOver::finish));
    }

    private void handOver(MapDescriptor map, Runnable next) {
        Comparison.start(
                seams,
                history,
                map,
                partition,
                replicas,
                Mode.PUSH_ONLY,
                compared -> seal(map, compared, next),
                this::fail);
    }

    private void seal(MapDescriptor map, Compared compared, Runnable next) {
        pushed += compared.pushed();
        withheld += compared.withheld();
        // Without replicas: nothing is stated of them, they only make sure that what they have lasts.
        Statement statement = new Statement(map.id(), partition, compared.beginMicros(), List.of());
        InTurn.each(
                compared.openings().entrySet().iterator(),
                (peer, nextPeer) -> RepairCall.ask(
                        seams,
                        peer.getKey(),
                        MerkleMessages.seal(statement, peer.getValue().generation()),
                        reply -> nextPeer.run(),
                        this::fail),
                next);
    }

    private void finish() {
        List<NodeId> now = seams.view().get().ring().replicasOf(partition);
        if (Replicas.areSame(now, replicas)) {
            onEnd.accept(new Result(pushed, withheld, null));
        } else {
            fail("partition " + partition + " got other replicas meanwhile");
        }
    }

    private void fail(String reason) {
        onEnd.accept(new Result(pushed, withheld, reason));
    }
}
