package io.kvmesh.testkit;

import io.kvmesh.runtime.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * The clock of a member. Its wall time may be wrong, run too fast or too slow, and jump; its monotonic time has an
 * origin of its own, so that times of two members cannot be mixed up unnoticed. Confined to the simulation's thread.
 */
public final class SimClock implements Clock {
    /** The right wall time at the beginning of every simulation. */
    public static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

    private static final long MICROS_PER_SECOND = 1_000_000L;
    private static final long NANOS_PER_MICRO = 1_000L;
    private static final long EPOCH_MICROS = EPOCH.getEpochSecond() * MICROS_PER_SECOND;

    private final SimLoop loop;
    private final long monotonicOriginNanos;
    private long offsetMicros;
    private long driftPartsPerMillion;
    private long driftSinceNanos;

    SimClock(SimLoop loop, long monotonicOriginNanos) {
        this.loop = loop;
        this.monotonicOriginNanos = monotonicOriginNanos;
    }

    @Override
    public long wallMicros() {
        return EPOCH_MICROS + loop.nowNanos() / NANOS_PER_MICRO + offsetMicros + driftedMicros();
    }

    @Override
    public long monotonicNanos() {
        return monotonicOriginNanos + loop.nowNanos();
    }

    /** How far the wall time is ahead of the right one. */
    public Duration offset() {
        return Duration.ofNanos((offsetMicros + driftedMicros()) * NANOS_PER_MICRO);
    }

    /** Sets the wall time ahead of the right one by this much, or behind it if negative. It jumps there. */
    public void setOffset(Duration offset) {
        offsetMicros = offset.toNanos() / NANOS_PER_MICRO;
        driftSinceNanos = loop.nowNanos();
    }

    /** Lets the wall time jump ahead by this much from where it is now, or back if negative. */
    public void jump(Duration by) {
        offsetMicros += by.toNanos() / NANOS_PER_MICRO;
    }

    /** Lets the wall time gain this many microseconds a second from now on, or lose them if negative. */
    public void setDrift(long partsPerMillion) {
        offsetMicros += driftedMicros();
        driftSinceNanos = loop.nowNanos();
        driftPartsPerMillion = partsPerMillion;
    }

    /** The loop's time at which this clock's monotonic time is the given one. */
    long toLoopNanos(long monotonicNanos) {
        long difference = monotonicNanos - monotonicOriginNanos;
        // A deadline far in the future may not fit; it is then as good as none.
        return monotonicNanos > 0 && difference < 0 && monotonicOriginNanos < 0 ? Long.MAX_VALUE : difference;
    }

    private long driftedMicros() {
        long elapsedMicros = (loop.nowNanos() - driftSinceNanos) / NANOS_PER_MICRO;
        return elapsedMicros * driftPartsPerMillion / MICROS_PER_SECOND;
    }
}
