package io.kvmesh.coordinator;

import io.kvmesh.api.KvException;
import io.kvmesh.hint.HintListener;
import io.kvmesh.hint.HintedHandoff;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.replica.Refusal;
import io.kvmesh.ring.Ring;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that replicas which miss the cell of one round get a hint of it. Guarded by its own monitor, which is
 * never held while a hint is on its way.
 *
 * <p>No hint is made before a replica has acknowledged the cell. Until then the caller may be told that nothing was
 * written; and a stamp from far in the future, which nobody accepted yet, would do its harm when the hint is replayed.
 */
final class RoundHints {
    private static final Logger LOG = LoggerFactory.getLogger(RoundHints.class);

    private final CoordinatorContext context;
    private final MapDescriptor map;
    private final Key key;
    private final Cell cell;
    private final List<NodeId> asked;
    private final List<NodeId> missed = new ArrayList<>(0);
    private boolean acknowledged;

    /** @param asked the replicas that get the cell from the round itself; all others get hints */
    RoundHints(CoordinatorContext context, MapDescriptor map, Key key, Cell cell, List<NodeId> asked) {
        this.context = context;
        this.map = map;
        this.key = key;
        this.cell = cell;
        this.asked = asked;
    }

    /** A replica has the cell. */
    void onAcknowledged() {
        List<NodeId> due;
        synchronized (this) {
            if (acknowledged) {
                return;
            }
            acknowledged = true;
            due = List.copyOf(missed);
        }
        due.forEach(this::hint);
        replicasNotAsked().forEach(this::hint);
    }

    /** A replica did not take the cell; the refusal is null if it could not be reached. */
    void onMissed(NodeId replica, @Nullable Refusal refusal) {
        if (refusal == Refusal.SPEC_MISMATCH || refusal == Refusal.OTHER) {
            // It would not take it later either.
            return;
        }
        synchronized (this) {
            if (!acknowledged) {
                missed.add(replica);
                return;
            }
        }
        hint(replica);
    }

    /** Time is over, and these have not answered. */
    void onSilent(List<NodeId> replicas) {
        replicas.forEach(replica -> onMissed(replica, null));
    }

    private Set<NodeId> replicasNotAsked() {
        ClusterView view = context.view().get();
        List<NodeId> replicas = view.ring().replicasOf(key.partition());
        Ring other = view.otherRing();
        if (other == null && replicas.equals(asked)) {
            return Set.of();
        }
        Set<NodeId> notAsked = new LinkedHashSet<>(replicas);
        if (other != null) {
            notAsked.addAll(other.replicasOf(key.partition()));
        }
        asked.forEach(notAsked::remove);
        return notAsked;
    }

    private void hint(NodeId target) {
        HintedHandoff handoff = context.handoff();
        if (handoff != null && handoff.isDue(target)) {
            handOver(handoff, target, new LoggedLoss(target));
        }
    }

    /** Has a hint kept by the next member on the ring, or else by this one. */
    private void handOver(HintedHandoff handoff, NodeId target, HintListener listener) {
        NodeId holder = handoff.holderFor(key.partition());
        if (holder == null || holder.equals(context.self())) {
            handoff.keep(target, map, key, cell, listener);
            return;
        }
        try {
            HintExchange.start(context, map, key, cell, target, holder, new HintListener() {
                @Override
                public void onKept() {
                    listener.onKept();
                }

                @Override
                public void onNotKept(String reason) {
                    LOG.debug("Member {} does not keep a hint for {}: {}", holder, target, reason);
                    handoff.keep(target, map, key, cell, listener);
                }
            });
        } catch (KvException e) {
            LOG.debug("A hint for {} cannot be sent to {}", target, holder, e);
            handoff.keep(target, map, key, cell, listener);
        }
    }

    /** The write was acknowledged without this hint; reads and repair make up for it. */
    private record LoggedLoss(NodeId target) implements HintListener {
        @Override
        public void onKept() {}

        @Override
        public void onNotKept(String reason) {
            LOG.debug("No hint is kept for {}: {}", target, reason);
        }
    }
}
