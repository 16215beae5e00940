package io.kvmesh.repair;

import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.repair.Comparison.Compared;
import io.kvmesh.repair.Comparison.Mode;
import io.kvmesh.repair.MerkleMessages.Statement;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Repairs one partition of one map: compares this member with the other replicas, and states that all have the same if
 * all took part. Its steps follow each other.
 *
 * <p>Why a deletion may be forgotten after that, and what it hid does not come back. Let D be a deletion with the stamp
 * d, older than gc grace when the comparison began, and V an older cell of its key.
 *
 * <ol>
 *   <li>Whatever was on its way at the time d, in a request, a hint or a clock that lags, has arrived within gc grace
 *       or never will. So each replica that was ever to get D or V has it when the comparison begins, or gets it
 *       from the comparison only.
 *   <li>The comparison gives D to every replica that lacks it, whether it has V or not. It succeeds only with all
 *       replicas: with one down, or one that answers late, or another ring at one of them, nothing is stated.
 *   <li>Each replica then syncs its log, and says whether it is the same process as at the beginning. So no loss of
 *       power takes D from a replica after another one forgot it.
 *   <li>Only then the replicas are told. A merge drops D at one of them together with V, or keeps D as long as anything
 *       there may be older. A replica that was not told keeps D, which does no harm: what some forgot is not compared,
 *       see {@link CompareScope}.
 *   <li>A member that becomes a replica later gets its cells from those that hold the partition now. One that was a
 *       replica before and still has V may have missed D: {@link HandOver} keeps such cells from coming back.
 * </ol>
 */
final class PartitionRepair {
    private final RepairSeams seams;
    private final RepairHistory history;
    private final MapDescriptor map;
    private final int partition;
    private final List<NodeId> replicas;
    private final RingEpoch epoch;
    private final Consumer<Result> onEnd;

    /**
     * What became of a repair.
     *
     * @param complete whether all replicas took part, and it counts
     * @param failure why it did not come to its end; null if it did
     */
    record Result(
            boolean complete,
            long fetched,
            long pushed,
            @Nullable String failure) {
        static Result failed(String reason) {
            return new Result(false, 0, 0, reason);
        }
    }

    private PartitionRepair(
            RepairSeams seams,
            RepairHistory history,
            MapDescriptor map,
            int partition,
            List<NodeId> replicas,
            RingEpoch epoch,
            Consumer<Result> onEnd) {
        this.seams = seams;
        this.history = history;
        this.map = map;
        this.partition = partition;
        this.replicas = List.copyOf(replicas);
        this.epoch = epoch;
        this.onEnd = onEnd;
    }

    /**
     * Repairs a partition that this member holds, with those of the other replicas that are alive.
     *
     * @param onEnd told once, in the background
     */
    static void start(
            RepairSeams seams, RepairHistory history, MapDescriptor map, int partition, Consumer<Result> onEnd) {
        ClusterView view = seams.view().get();
        List<NodeId> replicas = view.ring().replicasOf(partition);
        List<NodeId> peers =
                Replicas.others(view, partition).stream().filter(view::isAlive).toList();
        boolean all = peers.size() == replicas.size() - 1 && Replicas.areSettled(view, partition);
        if (peers.isEmpty()) {
            seams.later(() -> onEnd.accept(Result.failed("no other replica is alive")));
            return;
        }
        PartitionRepair repair = new PartitionRepair(seams, history, map, partition, replicas, view.epoch(), onEnd);
        Comparison.start(
                seams,
                history,
                map,
                partition,
                peers,
                Mode.BOTH_WAYS,
                compared -> {
                    if (all) {
                        repair.seal(compared);
                    } else {
                        repair.end(compared, false);
                    }
                },
                repair::fail);
    }

    private void seal(Compared compared) {
        Statement statement = new Statement(map.id(), partition, compared.beginMicros(), replicas);
        InTurn.each(
                compared.openings().entrySet().iterator(),
                (peer, next) -> RepairCall.ask(
                        seams,
                        peer.getKey(),
                        MerkleMessages.seal(statement, peer.getValue().generation()),
                        reply -> next.run(),
                        this::fail),
                () -> seams.laterOnFlush(() -> Guarded.run(() -> state(compared, statement), this::fail)));
    }

    /** On the flush lane, since it syncs a file. */
    private void state(Compared compared, Statement statement) {
        ClusterView view = seams.view().get();
        // Also if it is as before by now: another replica may have taken writes in between.
        if (!view.epoch().equals(epoch)
                || !Replicas.areSettled(view, partition)
                || !Replicas.areSame(view.ring().replicasOf(partition), replicas)) {
            fail("the ring changed meanwhile");
            return;
        }
        seams.engine().sync();
        InTurn.each(
                compared.openings().keySet().iterator(),
                (peer, next) ->
                        RepairCall.ask(seams, peer, MerkleMessages.mark(statement), reply -> next.run(), this::fail),
                () -> {
                    // The last one: what is not known here is stated anew, to all of them.
                    history.mark(map.id(), partition, compared.beginMicros());
                    end(compared, true);
                });
    }

    private void end(Compared compared, boolean complete) {
        onEnd.accept(new Result(complete, compared.fetched(), compared.pushed(), null));
    }

    private void fail(String reason) {
        onEnd.accept(Result.failed(reason));
    }
}
