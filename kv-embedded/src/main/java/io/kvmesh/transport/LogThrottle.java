package io.kvmesh.transport;

import io.kvmesh.runtime.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Lets one log line of a kind pass each minute. Safe for any thread. */
final class LogThrottle {
    static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Clock clock;
    private final AtomicLong nextNanos;

    LogThrottle(Clock clock) {
        this.clock = clock;
        nextNanos = new AtomicLong(clock.monotonicNanos());
    }

    boolean permits() {
        long now = clock.monotonicNanos();
        long next = nextNanos.get();
        return now - next >= 0 && nextNanos.compareAndSet(next, now + INTERVAL_NANOS);
    }
}
