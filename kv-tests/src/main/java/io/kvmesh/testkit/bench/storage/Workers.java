package io.kvmesh.testkit.bench.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that repeat their work, until there is none left or for a time, while what the process uses is measured. Used
 * by one thread, which starts the others and waits for them.
 *
 * <p>The first failure ends all threads and is thrown to who waits for them.
 */
final class Workers {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final List<Worker> workers = new ArrayList<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean measuring;
    private volatile boolean stopping;

    /** One thread's work. Confined to that thread. */
    @FunctionalInterface
    interface Work {
        /**
         * Performs and counts one call.
         *
         * @return false when nothing was left to do
         */
        boolean step(Meter meter);
    }

    /** Adds a thread that will count into the meter what it does while it is measured. */
    void add(Work work, Meter meter) {
        workers.add(new Worker(work, meter, workers.size()));
    }

    /** Runs until all threads have no work left. */
    ProcessUse runToTheEnd() throws InterruptedException {
        measuring = true;
        ProcessUse before = ProcessUse.now();
        workers.forEach(Thread::start);
        joinAll();
        return ProcessUse.now().since(before);
    }

    /** Runs for a while unmeasured, then for a while measured. */
    ProcessUse runFor(long warmUpMillis, long measureMillis) throws InterruptedException {
        workers.forEach(Thread::start);
        pause(warmUpMillis);
        ProcessUse before = ProcessUse.now();
        measuring = true;
        pause(measureMillis);
        measuring = false;
        ProcessUse used = ProcessUse.now().since(before);
        stopping = true;
        joinAll();
        return used;
    }

    private void pause(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (end - System.nanoTime() > 0 && failure.get() == null) {
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private void joinAll() throws InterruptedException {
        for (Worker worker : workers) {
            worker.join();
        }
        Throwable first = failure.get();
        if (first != null) {
            throw new IllegalStateException(first.getMessage() == null ? first.toString() : first.getMessage(), first);
        }
    }

    /** Repeats one work. */
    private final class Worker extends Thread {
        private final Work work;
        private final Meter measured;
        private final Meter unmeasured = new Meter();

        Worker(Work work, Meter measured, int number) {
            super("worker-" + number);
            setDaemon(true);
            this.work = work;
            this.measured = measured;
        }

        @Override
        @SuppressWarnings("CatchingUnchecked") // also an Error of one thread must end the others
        public void run() {
            try {
                boolean more = true;
                while (more && !stopping) {
                    more = work.step(measuring ? measured : unmeasured);
                }
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
                stopping = true;
            }
        }
    }
}
