package io.kvmesh.model;

import io.kvmesh.runtime.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A hybrid logical clock: stamps follow the wall clock, never repeat, never run back, and are greater than every stamp
 * that was observed. Safe for any thread.
 *
 * <p>A wall clock that is set far ahead must not do harm that lasts: a stamp that is stored once hides all later writes
 * of its key until real time has caught up. So the wall clock is trusted only once another member has accepted a stamp
 * that follows it, and for as long as it runs along with the monotonic clock since then. Stamps of an untrusted clock
 * are taken back when another member refuses one.
 *
 * <p>Source: Kulkarni et al., "Logical physical clocks and consistent snapshots in globally distributed databases",
 * 2014; here the logical part shares the microseconds of the stamp.
 */
public final class HybridClock {
    /** How far a stamp of another member may lie ahead of this one's wall clock. */
    public static final long AHEAD_MICROS_MAX = TimeUnit.SECONDS.toMicros(1);

    /** How far the wall clock may stray from the monotonic one since it was trusted. */
    static final long STRAY_MICROS_MAX = TimeUnit.MILLISECONDS.toMicros(250);

    /** Trust is renewed when the clocks have strayed by this much, which keeps the hot path free of writes. */
    private static final long RENEWAL_MICROS = TimeUnit.MILLISECONDS.toMicros(50);

    /** By how much {@link #soundMicros} lags behind at most, for the same reason. */
    private static final long SOUND_LAG_MICROS = TimeUnit.MILLISECONDS.toMicros(1);

    private static final long NEVER_TRUSTED = Long.MIN_VALUE;

    private final Clock clock;
    private final AtomicLong lastMicros;
    /**
     * Not far below the last stamp that was given while the wall clock was trusted, or that was observed, or that was
     * counted on from such a one. Stamps are taken back no further, so none is given twice.
     */
    private final AtomicLong soundMicros;

    private final AtomicLong givenMicros;
    /** Wall time minus monotonic time when the stamp was given that another member last accepted. */
    private volatile long trustedOffsetMicros = NEVER_TRUSTED;

    /**
     * Begins a life of a member.
     *
     * @param floorMicros the greatest stamp that this member may have given or stored before. One that lies too far
     *     ahead of the wall clock for others to accept is left to those who meet it
     */
    public HybridClock(Clock clock, long floorMicros) {
        this.clock = clock;
        long soundFloorMicros = Math.min(floorMicros, clock.wallMicros() + AHEAD_MICROS_MAX);
        this.lastMicros = new AtomicLong(soundFloorMicros);
        this.soundMicros = new AtomicLong(soundFloorMicros);
        this.givenMicros = new AtomicLong(floorMicros);
    }

    /** The next stamp in microseconds. */
    public long next() {
        long wallMicros = clock.wallMicros();
        while (true) {
            long last = lastMicros.get();
            long next = Math.max(wallMicros, last + 1);
            if (lastMicros.compareAndSet(last, next)) {
                raise(givenMicros, next);
                long unsoundMicros = next - soundMicros.get();
                boolean countedOn = next > wallMicros && unsoundMicros <= 2 * SOUND_LAG_MICROS + 1;
                if (countedOn || (unsoundMicros > SOUND_LAG_MICROS && isTrusted(offsetMicros(wallMicros)))) {
                    raise(soundMicros, next);
                }
                return next;
            }
        }
    }

    /** Takes note of a stamp given elsewhere: all later stamps of this clock are greater. */
    public void observe(long stampMicros) {
        raise(soundMicros, stampMicros);
        raise(lastMicros, stampMicros);
    }

    /**
     * Another member accepted a stamp of this clock: it was not too far ahead.
     *
     * @param offsetMicros {@link #offsetMicros()} when the stamp was given, since the clock may have jumped meanwhile
     */
    public void accepted(long offsetMicros) {
        long trusted = trustedOffsetMicros;
        if (trusted == NEVER_TRUSTED || Math.abs(offsetMicros - trusted) > RENEWAL_MICROS) {
            trustedOffsetMicros = offsetMicros;
        }
    }

    /**
     * Another member refused a stamp of this clock as too far ahead. Stamps that were given since the clock was last
     * trusted may be given again later: they were refused.
     */
    public void refused() {
        trustedOffsetMicros = NEVER_TRUSTED;
        long backMicros = soundMicros.get() + 2 * SOUND_LAG_MICROS;
        lastMicros.updateAndGet(last -> Math.min(last, backMicros));
    }

    /** Wall time minus monotonic time: it changes when the wall clock is set, or runs at another speed. */
    public long offsetMicros() {
        return offsetMicros(clock.wallMicros());
    }

    /**
     * Whether another member accepted a stamp that was given with a like offset.
     *
     * @param offsetMicros {@link #offsetMicros()} now or earlier
     */
    public boolean isTrusted(long offsetMicros) {
        long trusted = trustedOffsetMicros;
        return trusted != NEVER_TRUSTED && Math.abs(offsetMicros - trusted) <= STRAY_MICROS_MAX;
    }

    /** The greatest stamp that this member gave or stored so far, taken back or not, as far as it knows. */
    public long latestGivenMicros() {
        return givenMicros.get();
    }

    /** How far a stamp lies ahead of this member's wall clock, in microseconds; negative if it lies behind. */
    public long aheadMicros(long stampMicros) {
        return stampMicros - clock.wallMicros();
    }

    /** Whether a stamp lies further ahead of this member's wall clock than members accept of each other. */
    public boolean isTooFarAhead(long stampMicros) {
        return aheadMicros(stampMicros) > AHEAD_MICROS_MAX;
    }

    private long offsetMicros(long wallMicros) {
        return wallMicros - TimeUnit.NANOSECONDS.toMicros(clock.monotonicNanos());
    }

    private static void raise(AtomicLong counter, long micros) {
        while (true) {
            long last = counter.get();
            if (micros <= last || counter.compareAndSet(last, micros)) {
                return;
            }
        }
    }
}
