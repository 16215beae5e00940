package io.kvmesh.coordinator;

import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Remembers for a short while which replicas kept a read waiting, so that the next reads ask others first. Safe for any
 * thread. Without it each read that asks a member that just died would wait for the speculative delay, for the seconds
 * until its death is noticed. Holds at most one entry per member.
 */
final class SlowReplicas {
    /** How long a replica is asked last after it kept a read waiting. */
    static final long ASKED_LAST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ConcurrentHashMap<NodeId, Long> askedLastUntilNanos = new ConcurrentHashMap<>();

    void mark(List<NodeId> replicas, long nowNanos) {
        for (NodeId replica : replicas) {
            askedLastUntilNanos.put(replica, nowNanos + ASKED_LAST_NANOS);
        }
    }

    /** The replicas in the given order, but those that were slow of late at the end. */
    List<NodeId> ordered(List<NodeId> replicas, long nowNanos) {
        if (askedLastUntilNanos.isEmpty()) {
            return replicas;
        }
        List<NodeId> ordered = new ArrayList<>(replicas.size());
        List<NodeId> slow = new ArrayList<>();
        for (NodeId replica : replicas) {
            (isSlow(replica, nowNanos) ? slow : ordered).add(replica);
        }
        ordered.addAll(slow);
        return ordered;
    }

    private boolean isSlow(NodeId replica, long nowNanos) {
        Long untilNanos = askedLastUntilNanos.get(replica);
        if (untilNanos == null) {
            return false;
        }
        if (untilNanos - nowNanos > 0) {
            return true;
        }
        askedLastUntilNanos.remove(replica, untilNanos);
        return false;
    }
}
