package io.kvmesh.hint;

import io.kvmesh.runtime.Clock;
import java.util.concurrent.TimeUnit;

/**
 * Spreads bytes over time: what is sent puts off what comes next. Confined to the hint lane.
 *
 * <p>Of time that was not used only a moment is made up for, so that timers may be late and a long silence is still not
 * followed by a flood.
 */
final class Throttle {
    static final long MADE_UP_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(10);

    private static final double NANOS_PER_SECOND = 1e9;

    private final Clock clock;
    private final long bytesPerSecond;
    private boolean used;
    private long freeAtNanos;

    Throttle(Clock clock, long bytesPerSecond) {
        this.clock = clock;
        this.bytesPerSecond = bytesPerSecond;
    }

    /** How long to wait before the next bytes may be sent; 0 if they may be sent now. */
    long waitNanos() {
        return used ? Math.max(0, freeAtNanos - clock.monotonicNanos()) : 0;
    }

    /** Notes that bytes are sent now. */
    void sent(long bytes) {
        long earliestNanos = clock.monotonicNanos() - MADE_UP_NANOS_MAX;
        long fromNanos = used && freeAtNanos - earliestNanos > 0 ? freeAtNanos : earliestNanos;
        freeAtNanos = fromNanos + (long) (bytes * (NANOS_PER_SECOND / bytesPerSecond));
        used = true;
    }
}
