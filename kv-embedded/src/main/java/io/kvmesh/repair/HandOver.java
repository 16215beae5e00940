package io.kvmesh.repair;

import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.repair.Comparison.Compared;
import io.kvmesh.repair.Comparison.Mode;
import io.kvmesh.repair.MerkleMessages.Statement;
import io.kvmesh.ring.RingState;
import java.util.ArrayList;
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
 * {@link ClusterView#otherRing()} still has it, and drop afterwards. What comes from another ring never was compared
 * with what these replicas have, and is not withheld: {@link Origin#OTHER_RING}. Nobody else has it in this ring, so it
 * is given to those replicas that are alive, to be read, even if others are not; then it is to be handed over again.
 *
 * <p>Nothing is handed over to replicas from which others are just fetching the partition: those may be past the keys
 * that arrive now. Replicas that know of such a change refuse to say that they have it.
 */
public final class HandOver {
    /** Where a member has from what it hands over. */
    public enum Origin {
        /** It held the partition in this ring, and may have missed what its replicas have agreed on since. */
        THIS_RING,
        /** It held the partition in a ring of which these replicas know nothing, or alone. */
        OTHER_RING
    }

    private final RepairSeams seams;
    private final RepairHistory history;
    private final int partition;
    private final List<NodeId> replicas;
    /** Those of the replicas that get it now. */
    private final List<NodeId> peers;

    private final Origin origin;
    private final Consumer<Result> onEnd;
    private long pushed;
    private long withheld;

    /**
     * What became of a hand-over.
     *
     * @param pushed how many cells replicas were sent
     * @param withheld how many were withheld
     * @param failure why it is to be tried again; null if the partition may be dropped
     * @param withTheLiving whether all replicas that are alive have it
     */
    public record Result(
            long pushed, long withheld, @Nullable String failure, boolean withTheLiving) {
        Result(long pushed, long withheld, @Nullable String failure) {
            this(pushed, withheld, failure, failure == null);
        }

        static Result failed(String reason) {
            return new Result(0, 0, reason);
        }
    }

    private HandOver(
            RepairSeams seams,
            RepairHistory history,
            int partition,
            List<NodeId> replicas,
            List<NodeId> peers,
            Origin origin,
            Consumer<Result> onEnd) {
        this.seams = seams;
        this.history = history;
        this.partition = partition;
        this.replicas = List.copyOf(replicas);
        this.peers = List.copyOf(peers);
        this.origin = origin;
        this.onEnd = onEnd;
    }

    /**
     * Hands over what this member has of a partition, of all its maps, to those by which the partition is read now.
     *
     * @param onEnd told once, in the background
     */
    public static void start(
            RepairSeams seams, RepairHistory history, int partition, Origin origin, Consumer<Result> onEnd) {
        ClusterView view = seams.view().get();
        List<NodeId> replicas = view.ring().replicasOf(partition);
        List<NodeId> living = replicas.stream().filter(view::isAlive).toList();
        List<NodeId> peers = origin == Origin.OTHER_RING ? living : replicas;
        HandOver handOver = new HandOver(seams, history, partition, replicas, peers, origin, onEnd);
        if (replicas.isEmpty() || replicas.contains(view.self())) {
            seams.later(() -> handOver.fail("partition " + partition + " has to stay: its replicas are " + replicas));
            return;
        }
        if (peers.isEmpty()) {
            seams.later(() -> handOver.fail("none of its replicas is alive: " + replicas));
            return;
        }
        if (isBeingFetched(view, partition)) {
            seams.later(() -> handOver.fail("partition " + partition + " is moving"));
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
                peers,
                origin == Origin.OTHER_RING ? Mode.PUSH_ALL : Mode.PUSH_ONLY,
                compared -> seal(map, compared, next),
                this::fail);
    }

    private void seal(MapDescriptor map, Compared compared, Runnable next) {
        pushed += compared.pushed();
        withheld += compared.withheld();
        // They make sure that what they have lasts, and that nobody fetches it; no time is stated.
        boolean settled = Replicas.areSettled(seams.view().get(), partition);
        Statement statement = new Statement(map.id(), partition, 0, settled ? replicas : List.of());
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
        ClusterView view = seams.view().get();
        if (isBeingFetched(view, partition)) {
            fail("partition " + partition + " is moving");
        } else if (Replicas.areSame(view.ring().replicasOf(partition), replicas)) {
            onEnd.accept(new Result(pushed, withheld, absent(), true));
        } else {
            fail("partition " + partition + " got other replicas meanwhile");
        }
    }

    /** Says who was not there; null if all were. */
    private @Nullable String absent() {
        List<NodeId> absent = new ArrayList<>(replicas);
        absent.removeAll(peers);
        return absent.isEmpty() ? null : "member " + absent.get(0) + " is not alive";
    }

    private static boolean isBeingFetched(ClusterView view, int partition) {
        RingState state = view.ringState();
        return state != null && state.phase() == RingState.Phase.STREAMING && !Replicas.areSettled(view, partition);
    }

    private void fail(String reason) {
        onEnd.accept(new Result(pushed, withheld, reason));
    }
}
