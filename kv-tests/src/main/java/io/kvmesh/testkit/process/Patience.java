package io.kvmesh.testkit.process;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for things that happen in other processes. Stateless. */
final class Patience {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private Patience() {}

    /** @throws IllegalStateException if it does not become true in time */
    static void await(String what, Duration atMost, BooleanSupplier condition) {
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadlineNanos) {
                throw new IllegalStateException(what + " did not come true within " + atMost.toSeconds() + " s");
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
