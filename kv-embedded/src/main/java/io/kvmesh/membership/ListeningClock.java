package io.kvmesh.membership;

/**
 * Monotonic time without the spans in which this member itself stood still. Confined to the control lane.
 *
 * <p>A member that was paused (by a long collection, a suspended machine, a stopped process) has heard nobody for as
 * long as the pause was, which says nothing about the others. It notices its own pause because a task that should have
 * run every {@code tickNanos} is late, and takes the lateness off the time that counts as silence.
 */
final class ListeningClock {
    private final long tickNanos;
    private final long latenessMaxNanos;
    private long lastTickNanos;
    private long lostNanos;
    private long latestNanos;

    /** @param latenessMaxNanos a tick that is late by more than this counts as a pause */
    ListeningClock(long tickNanos, long latenessMaxNanos, long nowNanos) {
        this.tickNanos = tickNanos;
        this.latenessMaxNanos = latenessMaxNanos;
        this.lastTickNanos = nowNanos;
        this.latestNanos = nowNanos;
    }

    /** Must be called every {@code tickNanos}. */
    void tick(long nowNanos) {
        takeOffPause(nowNanos);
        lastTickNanos = nowNanos;
    }

    /**
     * The time that counts, for the present monotonic time. It never runs back: what arrives after a pause and before
     * the late tick is stamped with the pause taken off already.
     */
    long listeningNanos(long nowNanos) {
        takeOffPause(nowNanos);
        latestNanos = Math.max(latestNanos, nowNanos - lostNanos);
        return latestNanos;
    }

    private void takeOffPause(long nowNanos) {
        long latenessNanos = nowNanos - lastTickNanos - tickNanos;
        if (latenessNanos > latenessMaxNanos) {
            lostNanos += latenessNanos;
            lastTickNanos = nowNanos;
        }
    }
}
