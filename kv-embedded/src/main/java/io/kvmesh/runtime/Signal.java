package io.kvmesh.runtime;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A one-shot event that one thread waits for and any thread fires. Everything written before {@link #fire()} is
 * visible to the thread that returns from the wait.
 */
public class Signal {
    private volatile boolean fired;
    private volatile @Nullable Thread waiter;

    /** Marks the event as happened and wakes the waiting thread, if there is one. Idempotent. */
    public final void fire() {
        fired = true;
        Thread thread = waiter;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /** Whether {@link #fire()} was called. */
    public final boolean isFired() {
        return fired;
    }

    /** Registers the thread to wake. Only {@link Blocking} implementations that park call this. */
    final void registerWaiter(Thread thread) {
        waiter = thread;
    }
}
