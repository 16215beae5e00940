package io.kvmesh.model;

import io.kvmesh.runtime.Clock;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A hybrid logical clock: stamps follow the wall clock, never repeat, never run back, and are greater than every stamp
 * that was observed. Safe for any thread.
 *
 * <p>Source: Kulkarni et al., "Logical physical clocks and consistent snapshots in globally distributed databases",
 * 2014; here the logical part shares the microseconds of the stamp.
 */
public final class HybridClock {
    private final Clock clock;
    private final AtomicLong lastMicros;

    /** @param floorMicros the greatest stamp that this member may have given or stored before */
    public HybridClock(Clock clock, long floorMicros) {
        this.clock = clock;
        this.lastMicros = new AtomicLong(floorMicros);
    }

    /** The next stamp in microseconds. */
    public long next() {
        long wallMicros = clock.wallMicros();
        while (true) {
            long last = lastMicros.get();
            long next = Math.max(wallMicros, last + 1);
            if (lastMicros.compareAndSet(last, next)) {
                return next;
            }
        }
    }

    /** Takes note of a stamp given elsewhere: all later stamps of this clock are greater. */
    public void observe(long stampMicros) {
        while (true) {
            long last = lastMicros.get();
            if (stampMicros <= last || lastMicros.compareAndSet(last, stampMicros)) {
                return;
            }
        }
    }

    /** The greatest stamp that this clock gave or observed in this life of the member. */
    public long latestMicros() {
        return lastMicros.get();
    }

    /** How far a stamp lies ahead of this member's wall clock, in microseconds; negative if it lies behind. */
    public long aheadMicros(long stampMicros) {
        return stampMicros - clock.wallMicros();
    }
}
