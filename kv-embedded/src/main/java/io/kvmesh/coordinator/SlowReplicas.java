package io.kvmesh.coordinator;

import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Remembers for a short while which replicas kept a read waiting, so that the next reads ask others first. Safe for any
 * thread. Without it each read that asks a member that just died would wait for the speculative delay, for the seconds
 * until its death is noticed. Holds at most one entry per member.
 */
final class SlowReplicas {
    /** How long a replica is asked last after it kept a read waiting. */
    static final long ASKED_LAST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final AtomicInteger turn = new AtomicInteger();
    private final ConcurrentHashMap<NodeId, Long> askedLastUntilNanos = new ConcurrentHashMap<>();

    void mark(List<NodeId> replicas, long nowNanos) {
        // Also of members that are gone, about which nobody asks any more.
        askedLastUntilNanos.values().removeIf(untilNanos -> untilNanos - nowNanos <= 0);
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

    /** A number that is another one each time, so that those who ask take turns in what they choose. */
    int nextTurn() {
        return turn.getAndIncrement();
    }

    /** The one whose turn it is, of those that were not slow of late, or of all if all were. */
    NodeId choose(List<NodeId> replicas, int turnNumber, long nowNanos) {
        List<NodeId> fast = replicas;
        if (!askedLastUntilNanos.isEmpty()) {
            fast = replicas.stream()
                    .filter(replica -> !isSlow(replica, nowNanos))
                    .toList();
        }
        List<NodeId> choice = fast.isEmpty() ? replicas : fast;
        return choice.get(Math.floorMod(turnNumber, choice.size()));
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
