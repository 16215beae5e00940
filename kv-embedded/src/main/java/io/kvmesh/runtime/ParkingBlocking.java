package io.kvmesh.runtime;

import java.util.concurrent.locks.LockSupport;

/** Waits by parking the calling thread. Stateless, safe for any thread. */
public final class ParkingBlocking implements Blocking {
    private final Clock clock;

    public ParkingBlocking(Clock clock) {
        this.clock = clock;
    }

    @Override
    public boolean await(Signal signal, long deadlineNanos) throws InterruptedException {
        signal.registerWaiter(Thread.currentThread());
        while (!signal.isFired()) {
            long remainingNanos = deadlineNanos - clock.monotonicNanos();
            if (remainingNanos <= 0) {
                return signal.isFired();
            }
            LockSupport.parkNanos(signal, remainingNanos);
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedException("interrupted while waiting for an operation");
            }
        }
        return true;
    }
}
