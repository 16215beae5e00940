package io.kvmesh.testkit;

import io.kvmesh.runtime.Blocking;
import io.kvmesh.runtime.Signal;

/**
 * Waits by letting the simulation's events happen; a simulated thread hands the baton back for that. Confined to the
 * simulation's thread.
 */
final class SimBlocking implements Blocking {
    private final SimProcess process;
    private final SimClock clock;

    SimBlocking(SimProcess process, SimClock clock) {
        this.process = process;
        this.clock = clock;
    }

    @Override
    public boolean await(Signal signal, long deadlineNanos) throws InterruptedException {
        SimLoop loop = process.loop();
        SimThread thread = loop.currentThread();
        if (thread != null) {
            return thread.await(signal, process, clock.toLoopNanos(deadlineNanos));
        }
        if (signal.isFired()) {
            return true;
        }
        loop.checkOutsideEvents("member " + process.member() + " waits for an operation");
        long endNanos = clock.toLoopNanos(deadlineNanos);
        boolean more = true;
        boolean waited = false;
        while (!signal.isFired()) {
            process.checkAlive("it crashed while a caller waited for an operation");
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting for an operation");
            }
            if (!more) {
                return false;
            }
            more = loop.step(endNanos);
            waited = true;
        }
        if (waited) {
            loop.catchUpWithLastEvent();
        }
        return true;
    }
}
