package io.kvmesh.runtime;

import java.time.Instant;

/** The clock of the machine. Stateless, safe for any thread. */
public final class SystemClock implements Clock {
    private static final long MICROS_PER_SECOND = 1_000_000L;
    private static final long NANOS_PER_MICRO = 1_000L;

    @Override
    public long wallMicros() {
        Instant now = Instant.now();
        return now.getEpochSecond() * MICROS_PER_SECOND + now.getNano() / NANOS_PER_MICRO;
    }

    @Override
    public long monotonicNanos() {
        return System.nanoTime();
    }
}
