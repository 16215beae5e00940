package io.kvmesh.crash;

import io.kvmesh.runtime.Clock;

/** Goes on by a millisecond whenever it is read. Used by one thread. */
final class SteppedClock implements Clock {
    private long wallMicros = 1_000_000_000_000L;

    @Override
    public long wallMicros() {
        wallMicros += 1_000;
        return wallMicros;
    }

    @Override
    public long monotonicNanos() {
        return wallMicros() * 1_000;
    }
}
