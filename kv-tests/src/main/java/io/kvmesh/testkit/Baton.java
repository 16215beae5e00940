package io.kvmesh.testkit;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The right to run, which goes from the simulation to the real thread behind a {@link SimThread} and comes back. Safe
 * for these two threads; all that one wrote before it gave the baton away, the other one sees.
 */
final class Baton {
    private final Semaphore turns = new Semaphore(0);
    private final Semaphore returns = new Semaphore(0);
    private final RealThread thread;

    Baton(SimThread simulated, String threadName) {
        thread = new RealThread(simulated, threadName);
    }

    Thread thread() {
        return thread;
    }

    boolean isStarted() {
        return thread.getState() != Thread.State.NEW;
    }

    /**
     * Lets the thread run until it gives the baton back.
     *
     * @return whether it did so within this much real time
     */
    boolean giveTurn(Duration limit) throws InterruptedException {
        turns.release();
        if (!isStarted()) {
            thread.start();
        }
        return returns.tryAcquire(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Waits for the baton. An interruption of the thread is left to the code that it runs. */
    void awaitTurn() {
        turns.acquireUninterruptibly();
    }

    void giveBack() {
        returns.release();
    }

    /** Waits until the thread, which gave the baton back for good, is no more. */
    void awaitEnd(Duration limit) {
        try {
            thread.join(limit.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A daemon thread that knows which simulated thread it is. */
    static final class RealThread extends Thread {
        private final SimThread simulated;

        private RealThread(SimThread simulated, String name) {
            super(name);
            this.simulated = simulated;
            setDaemon(true);
        }

        SimThread simulated() {
            return simulated;
        }

        @Override
        public void run() {
            simulated.live();
        }
    }
}
