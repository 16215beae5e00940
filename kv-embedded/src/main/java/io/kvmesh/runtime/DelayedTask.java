package io.kvmesh.runtime;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A task that waits for its time, then in its lane, and may be cancelled in both places. Safe for any thread; its time
 * is guarded by the lock of {@link DelayedTasks}.
 */
final class DelayedTask implements Runnable, Scheduler.Cancellable, Comparable<DelayedTask> {
    private final DelayedTasks owner;
    private final Lane lane;
    private final long sequence;
    /** Empty once the task was started or cancelled, so that a cancelled task holds nothing. */
    private final AtomicReference<@Nullable Runnable> task;

    private long dueNanos;

    DelayedTask(DelayedTasks owner, Lane lane, long dueNanos, long sequence, Runnable task) {
        this.owner = owner;
        this.lane = lane;
        this.dueNanos = dueNanos;
        this.sequence = sequence;
        this.task = new AtomicReference<>(task);
    }

    Lane lane() {
        return lane;
    }

    long dueNanos() {
        return dueNanos;
    }

    /** Only for a task that is in no sorted set. */
    DelayedTask dueAt(long nanos) {
        dueNanos = nanos;
        return this;
    }

    boolean isTaken() {
        return task.get() == null;
    }

    @Nullable
    Runnable take() {
        return task.getAndSet(null);
    }

    @Override
    public void run() {
        Runnable body = take();
        if (body != null) {
            body.run();
        }
    }

    @Override
    public void cancel() {
        if (take() != null) {
            owner.remove(this);
        }
    }

    @Override
    public int compareTo(DelayedTask other) {
        int byTime = Long.compare(dueNanos, other.dueNanos);
        return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
}
