package io.kvmesh.runtime;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks on daemon threads named {@code kvmesh-<member>-<lane>}. Safe for any thread.
 *
 * <p>No thread exists until its lane is used; the timer thread starts with the first delayed task. {@link #close()} may
 * be called on a lane's own thread, which then does not wait for itself.
 */
public final class ThreadScheduler implements Scheduler {
    /** How long {@link #close()} waits in all for tasks that are running. */
    static final long CLOSE_WAIT_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final Logger LOG = LoggerFactory.getLogger(ThreadScheduler.class);

    private final Map<Lane, LaneWorkers> lanes = new EnumMap<>(Lane.class);
    private final DelayedTasks delayed;
    private final long closeWaitNanos;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param memberName goes into the names of the threads */
    public ThreadScheduler(String memberName) {
        this(memberName, CLOSE_WAIT_NANOS);
    }

    ThreadScheduler(String memberName, long closeWaitNanos) {
        String prefix = "kvmesh-" + memberName + "-";
        int processors = Runtime.getRuntime().availableProcessors();
        for (Lane lane : Lane.values()) {
            String threadName = prefix + lane.name().toLowerCase(Locale.ROOT);
            int threads = LaneLimits.threads(lane, processors);
            lanes.put(lane, new LaneWorkers(threadName, threads, LaneLimits.tasksMax(lane)));
        }
        delayed = new DelayedTasks(prefix + "timer", this::offer);
        this.closeWaitNanos = closeWaitNanos;
    }

    @Override
    public boolean offer(Lane lane, Runnable task) {
        return workers(lane).offer(task);
    }

    @Override
    public Cancellable schedule(Lane lane, long delayNanos, Runnable task) {
        if (delayNanos < 0) {
            throw new IllegalArgumentException("delay of " + delayNanos + " ns must not be negative");
        }
        return delayed.add(lane, delayNanos, task);
    }

    @Override
    public void close() {
        boolean first = closed.compareAndSet(false, true);
        delayed.shutDown();
        lanes.values().forEach(LaneWorkers::shutDown);
        List<Thread> running = threads();
        // Two lane threads that close at once must not wait for each other: only the first of them waits.
        if (first || !running.contains(Thread.currentThread())) {
            joinAll(running);
        }
    }

    /** The threads that have not ended. */
    List<Thread> threads() {
        List<Thread> threads = new ArrayList<>();
        Thread timer = delayed.thread();
        if (timer != null && timer.isAlive()) {
            threads.add(timer);
        }
        lanes.values().forEach(workers -> threads.addAll(workers.threads()));
        return threads;
    }

    /** How many tasks wait for their time. */
    int delayedTasks() {
        return delayed.size();
    }

    private LaneWorkers workers(Lane lane) {
        LaneWorkers workers = lanes.get(lane);
        if (workers == null) {
            throw new IllegalArgumentException("unknown lane " + lane);
        }
        return workers;
    }

    private void joinAll(List<Thread> threads) {
        long deadlineNanos = System.nanoTime() + closeWaitNanos;
        try {
            for (Thread thread : threads) {
                if (thread != Thread.currentThread()) {
                    TimeUnit.NANOSECONDS.timedJoin(thread, deadlineNanos - System.nanoTime());
                    warnIfAlive(thread);
                }
            }
        } catch (InterruptedException e) {
            // The caller is in a hurry. All lanes are told to stop; only the waiting is cut short.
            Thread.currentThread().interrupt();
        }
    }

    private static void warnIfAlive(Thread thread) {
        if (thread.isAlive()) {
            LOG.warn("A task on {} did not end in time; it is left to itself", thread.getName());
        }
    }
}
