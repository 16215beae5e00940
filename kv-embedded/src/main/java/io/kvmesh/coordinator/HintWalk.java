package io.kvmesh.coordinator;

import io.kvmesh.api.KvException;
import io.kvmesh.hint.HintListener;
import io.kvmesh.hint.HintedHandoff;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.replica.Refusal;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has one hint kept by the first of several members that takes it, or else by this one. One thread at a time: each step
 * follows from the answer to the one before.
 */
final class HintWalk {
    private static final Logger LOG = LoggerFactory.getLogger(HintWalk.class);

    private final CoordinatorContext context;
    private final HintedHandoff handoff;
    private final RoundHints hints;
    private final MapDescriptor map;
    private final Key key;
    private final Cell cell;
    private final NodeId target;
    private Iterator<NodeId> holders = List.<NodeId>of().iterator();
    /** How long one of them is waited for. */
    private long patienceNanos;

    HintWalk(
            CoordinatorContext context,
            HintedHandoff handoff,
            RoundHints hints,
            MapDescriptor map,
            Key key,
            Cell cell,
            NodeId target) {
        this.context = context;
        this.handoff = handoff;
        this.hints = hints;
        this.map = map;
        this.key = key;
        this.cell = cell;
        this.target = target;
        this.patienceNanos = context.operationTimeoutNanos();
    }

    /** Asks this one, which has all the time of an operation, and if it does not keep the hint, this member does. */
    void askOne(NodeId holder) {
        ask(holder);
    }

    /**
     * Asks these, of which each stands in for the target if it keeps the hint; and at last keeps it here. Each has a
     * part of the time only: it may be dead, too, without anybody having noticed.
     */
    void askInTurn(List<NodeId> candidates) {
        patienceNanos = context.operationTimeoutNanos() / 4;
        holders = candidates.iterator();
        askNext(null, "no other member can keep it");
    }

    private void askNext(@Nullable Refusal refusal, String reason) {
        while (holders.hasNext()) {
            NodeId holder = holders.next();
            if (hints.claimHolder(holder)) {
                ask(holder);
                return;
            }
        }
        hints.onNobody(this, refusal, reason);
    }

    NodeId target() {
        return target;
    }

    /** Keeps it here, without standing in for the target. */
    void keepHere() {
        handoff.keep(target, map, key, cell, new KeptAside());
    }

    private void ask(NodeId holder) {
        hints.countMaybeKept(1);
        if (holder.equals(context.self())) {
            handoff.keep(target, map, key, cell, new KeptHere());
            return;
        }
        try {
            HintExchange.start(context, map, key, cell, target, holder, patienceNanos, new KeptThere(holder));
        } catch (KvException e) {
            LOG.debug("A hint for {} cannot be sent to {}", target, holder, e);
            new KeptThere(holder).onNotKept(Refusal.OVERLOADED, String.valueOf(e.getMessage()));
        }
    }

    private final class KeptThere implements HintExchange.Listener {
        private final NodeId holder;

        KeptThere(NodeId holder) {
            this.holder = holder;
        }

        @Override
        public void onKept() {
            hints.tellKept(target, holder);
        }

        @Override
        public void onNotKept(@Nullable Refusal refusal, String reason) {
            LOG.debug("Member {} does not keep a hint for {}: {}", holder, target, reason);
            if (refusal != Refusal.FAILED) {
                hints.countMaybeKept(-1);
            }
            askNext(refusal, reason);
        }
    }

    private final class KeptHere implements HintListener {
        @Override
        public void onKept() {
            hints.tellKept(target, context.self());
        }

        @Override
        public void onNotKept(String reason) {
            LOG.debug("No hint is kept for {}: {}", target, reason);
            hints.countMaybeKept(-1);
            hints.tellNone(target, null, reason);
        }
    }

    /** The write was acknowledged without this hint; if it is lost, reads and repair make up for it. */
    private final class KeptAside implements HintListener {
        @Override
        public void onKept() {}

        @Override
        public void onNotKept(String reason) {
            LOG.debug("No hint is kept for {}: {}", target, reason);
        }
    }
}
