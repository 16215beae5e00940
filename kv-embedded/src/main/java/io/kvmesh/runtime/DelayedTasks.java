package io.kvmesh.runtime;

import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Hands tasks over to their lanes when their time has come. Guarded by its own lock; the timer thread is started with
 * the first task.
 */
final class DelayedTasks {
    /** How many tasks may wait for their time. More would mean that something schedules without end. */
    static final int DELAYED_TASKS_MAX = 1_000_000;
    /** After how long a task whose lane was full is offered again. */
    static final long LANE_FULL_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** Longer delays are cut to this, about 73 years, so that the sum with the present does not overflow. */
    private static final long DELAY_NANOS_MAX = Long.MAX_VALUE / 4;

    private final Hand hand;
    private final String threadName;
    private final long originNanos = System.nanoTime();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Ordered by time; a tree, so that cancelling frees the task at once and cheaply. */
    private final TreeSet<DelayedTask> waiting = new TreeSet<>();

    private long sequence;
    private @Nullable Thread timer;
    private boolean closed;

    /** Gives a task to its lane and says whether the lane took it. */
    @FunctionalInterface
    interface Hand {
        boolean over(Lane lane, Runnable task);
    }

    DelayedTasks(String threadName, Hand hand) {
        this.threadName = threadName;
        this.hand = hand;
    }

    Scheduler.Cancellable add(Lane lane, long delayNanos, Runnable task) {
        long dueNanos = nowNanos() + Math.min(delayNanos, DELAY_NANOS_MAX);
        lock.lock();
        try {
            DelayedTask delayed = new DelayedTask(this, lane, dueNanos, sequence++, task);
            if (closed) {
                delayed.take();
                return delayed;
            }
            Invariants.check(waiting.size() < DELAYED_TASKS_MAX, "too many delayed tasks");
            insert(delayed);
            return delayed;
        } finally {
            lock.unlock();
        }
    }

    void remove(DelayedTask task) {
        lock.lock();
        try {
            waiting.remove(task);
        } finally {
            lock.unlock();
        }
    }

    /** How many tasks wait for their time. */
    int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /** Drops all tasks and lets the timer thread end. Idempotent. */
    void shutDown() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Nullable
    Thread thread() {
        lock.lock();
        try {
            return timer;
        } finally {
            lock.unlock();
        }
    }

    private long nowNanos() {
        return System.nanoTime() - originNanos;
    }

    private void insert(DelayedTask task) {
        boolean isNext = waiting.isEmpty() || task.compareTo(waiting.first()) < 0;
        waiting.add(task);
        if (timer == null) {
            timer = DaemonThreads.create(threadName, this::runTimer);
            timer.start();
        } else if (isNext) {
            changed.signal();
        }
    }

    private void runTimer() {
        DelayedTask due = takeDue();
        while (due != null) {
            if (!hand.over(due.lane(), due)) {
                offerAgainLater(due);
            }
            due = takeDue();
        }
    }

    /** Waits for the next task that is due; null when closed. */
    private @Nullable DelayedTask takeDue() {
        lock.lock();
        try {
            while (!closed) {
                long waitNanos =
                        waiting.isEmpty() ? DELAY_NANOS_MAX : waiting.first().dueNanos() - nowNanos();
                if (waitNanos <= 0) {
                    return waiting.pollFirst();
                }
                try {
                    changed.awaitNanos(waitNanos);
                } catch (InterruptedException e) {
                    // Only close() ends the timer, and says so in a field. The flag is cleared now: wait again.
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void offerAgainLater(DelayedTask task) {
        lock.lock();
        try {
            if (!closed && !task.isTaken()) {
                waiting.add(task.dueAt(nowNanos() + LANE_FULL_RETRY_NANOS));
            }
        } finally {
            lock.unlock();
        }
    }
}
