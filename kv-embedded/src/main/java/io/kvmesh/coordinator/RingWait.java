package io.kvmesh.coordinator;

import io.kvmesh.model.RingEpoch;
import io.kvmesh.replica.Refusal;
import java.util.concurrent.TimeUnit;

/**
 * Tells when an operation should begin another round, because replicas refused this one for knowing another state of
 * the ring. Guarded by its own monitor.
 *
 * <p>If this member is behind, it waits for this member's view to change; if a replica is behind, for a moment, in
 * which that one should learn of the ring.
 */
final class RingWait {
    /** After so long a replica that was behind is asked again. */
    static final long BEHIND_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    /** What the error of an operation says whose time ends while it waits. */
    static final String CHANGING = " while the ring is changing, of which replicas know another state than this member";

    private final RingEpoch asked;
    private boolean refused;
    private boolean someBehind;
    private boolean waiting;
    private long againAtNanos;

    /** @param asked the state of the ring that the round goes by */
    RingWait(RingEpoch asked) {
        this.asked = asked;
    }

    synchronized void note(Refusal refusal) {
        refused |= refusal.isOfRing();
        someBehind |= refusal == Refusal.RING_BEHIND;
    }

    /** Begins to wait, if any replica refused for that reason; else false. */
    synchronized boolean begin(long nowNanos) {
        waiting = refused;
        againAtNanos = nowNanos + BEHIND_PAUSE_NANOS;
        return waiting;
    }

    synchronized boolean isWaiting() {
        return waiting;
    }

    /** Ends the wait if it is time for another round. True for one caller. */
    synchronized boolean claim(RingEpoch newest, long nowNanos) {
        boolean due = waiting && (!newest.equals(asked) || (someBehind && nowNanos - againAtNanos >= 0));
        waiting &= !due;
        return due;
    }
}
