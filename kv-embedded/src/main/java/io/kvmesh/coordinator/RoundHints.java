package io.kvmesh.coordinator;

import io.kvmesh.hint.HintedHandoff;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.replica.Refusal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that replicas which miss the cell of one round get a hint of it. Guarded by its own monitor, which is
 * never held while a hint is on its way.
 *
 * <p>No hint is made before a replica has acknowledged the cell. Until then the caller may be told that nothing was
 * written; and a stamp from far in the future, which nobody accepted yet, would do its harm when the hint is replayed.
 * Only where others may stand in for replicas, and the replicas alone are too few, hints are made without that: then
 * the holder looks at the stamp, and the round is told what became of each.
 */
final class RoundHints {
    private final CoordinatorContext context;
    private final MapDescriptor map;
    private final Key key;
    private final Cell cell;
    private final ReplicaPlan plan;
    private final StandInListener listener;
    private final List<NodeId> missed = new ArrayList<>(0);
    /** For whom a hint was made, so that there is one for each at most. */
    private final Set<NodeId> hinted = new TreeSet<>();
    /** Members that were asked to stand in. */
    private final Set<NodeId> busy = new TreeSet<>();

    /** Those that nobody took; this member keeps them once a replica, or one that stands in, has the cell. */
    private final List<HintWalk> unkept = new ArrayList<>(0);

    private boolean due;
    private boolean acknowledged;
    private int maybeKept;

    /** Told what becomes of the hints of a round for which others may stand in for replicas. */
    interface StandInListener {
        /** A member keeps the cell for the target. */
        void onStandIn(NodeId target, NodeId holder);

        /** Nobody does whose word counts. */
        void onNoStandIn(NodeId target, @Nullable Refusal refusal, String reason);
    }

    /** @param plan whose targets get the cell from the round itself; all other replicas get hints */
    RoundHints(
            CoordinatorContext context,
            MapDescriptor map,
            Key key,
            Cell cell,
            ReplicaPlan plan,
            StandInListener listener) {
        this.context = context;
        this.map = map;
        this.key = key;
        this.cell = cell;
        this.plan = plan;
        this.listener = listener;
    }

    /** A replica has the cell, or one that stands in for it. */
    void onAcknowledged() {
        List<HintWalk> toKeep;
        synchronized (this) {
            if (acknowledged) {
                return;
            }
            acknowledged = true;
            toKeep = List.copyOf(unkept);
        }
        toKeep.forEach(HintWalk::keepHere);
        makeDue();
    }

    /** Hints are needed for the level. */
    void makeDue() {
        List<NodeId> toHint;
        synchronized (this) {
            if (due) {
                return;
            }
            due = true;
            toHint = List.copyOf(missed);
        }
        toHint.forEach(this::hint);
        replicasNotAsked().forEach(this::hint);
    }

    /** A replica did not take the cell; the refusal is null if it could not be reached. */
    void onMissed(NodeId replica, @Nullable Refusal refusal) {
        if (refusal == Refusal.SPEC_MISMATCH || refusal == Refusal.OTHER) {
            // It would not take it later either.
            tellNone(replica, refusal, "would not take it later either");
            return;
        }
        synchronized (this) {
            if (!due) {
                missed.add(replica);
                return;
            }
        }
        hint(replica);
    }

    /** These have not answered for too long. */
    void onSilent(List<NodeId> replicas) {
        replicas.forEach(replica -> onMissed(replica, null));
    }

    /** Whether a hint of this round may be stored somewhere. */
    synchronized boolean mayBeKept() {
        return maybeKept > 0;
    }

    private Set<NodeId> replicasNotAsked() {
        List<NodeId> asked = plan.targets();
        List<NodeId> replicas = ReplicaPlan.replicas(context.view().get(), key.partition());
        if (replicas.equals(asked)) {
            return Set.of();
        }
        Set<NodeId> notAsked = new LinkedHashSet<>(replicas);
        asked.forEach(notAsked::remove);
        return notAsked;
    }

    private void hint(NodeId target) {
        HintedHandoff handoff = context.handoff();
        if (handoff == null || !claim(target)) {
            return;
        }
        if (handoff.isDue(target)) {
            handOver(handoff, target);
        } else {
            tellNone(target, null, "has been away for longer than hints are kept");
        }
    }

    private synchronized boolean claim(NodeId target) {
        return hinted.add(target);
    }

    /** Has a hint kept by another member, or at last by this one. */
    private void handOver(HintedHandoff handoff, NodeId target) {
        HintWalk walk = new HintWalk(context, handoff, this, map, key, cell, target);
        if (plan.standIns().isEmpty()) {
            NodeId holder = handoff.holderFor(key.partition());
            walk.askOne(holder == null ? context.self() : holder);
        } else {
            walk.askInTurn(plan.standIns().forReplica(target));
        }
    }

    /** Whether a member may be asked to stand in. Each is asked once, unless it may do so for several replicas. */
    synchronized boolean claimHolder(NodeId holder) {
        return busy.add(holder) || plan.standIns().isForSeveral();
    }

    synchronized void countMaybeKept(int more) {
        maybeKept += more;
    }

    /** No member that counts takes this hint. */
    void onNobody(HintWalk walk, @Nullable Refusal refusal, String reason) {
        boolean keep;
        synchronized (this) {
            keep = acknowledged;
            if (!keep) {
                unkept.add(walk);
            }
        }
        if (keep) {
            walk.keepHere();
        }
        tellNone(walk.target(), refusal, reason);
    }

    void tellKept(NodeId target, NodeId holder) {
        if (!plan.standIns().isEmpty()) {
            listener.onStandIn(target, holder);
        }
    }

    void tellNone(NodeId target, @Nullable Refusal refusal, String reason) {
        if (!plan.standIns().isEmpty()) {
            listener.onNoStandIn(target, refusal, reason);
        }
    }
}
