package io.kvmesh.transport;

import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A clock that stands still until it is moved, and the tasks that wait for it. One thread. */
final class ManualTime implements Clock, Scheduler {
    private static final long WALL_START_MICROS = 1_700_000_000_000_000L;

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::atNanos).thenComparingLong(Task::sequence));
    private long nowNanos = 1_000_000;
    private long wallOffsetMicros = WALL_START_MICROS;
    private long sequence;

    private static final class Task {
        private final long atNanos;
        private final long sequence;
        private final Runnable action;
        private boolean cancelled;

        Task(long atNanos, long sequence, Runnable action) {
            this.atNanos = atNanos;
            this.sequence = sequence;
            this.action = action;
        }

        long atNanos() {
            return atNanos;
        }

        long sequence() {
            return sequence;
        }
    }

    @Override
    public long wallMicros() {
        return wallOffsetMicros + nowNanos / 1000;
    }

    @Override
    public long monotonicNanos() {
        return nowNanos;
    }

    void shiftWall(long micros) {
        wallOffsetMicros += micros;
    }

    @Override
    public boolean offer(Lane lane, Runnable task) {
        schedule(lane, 0, task);
        return true;
    }

    @Override
    public Cancellable schedule(Lane lane, long delayNanos, Runnable action) {
        Task task = new Task(nowNanos + delayNanos, sequence++, action);
        tasks.add(task);
        return () -> task.cancelled = true;
    }

    @Override
    public void close() {
        tasks.clear();
    }

    /** Runs what is due now and tells whether there was anything. */
    boolean runDue() {
        boolean any = false;
        Task next = tasks.peek();
        while (next != null && next.atNanos <= nowNanos) {
            tasks.remove();
            if (!next.cancelled) {
                next.action.run();
                any = true;
            }
            next = tasks.peek();
        }
        return any;
    }

    /** Moves to the next task, but not beyond the given time; false if there is none until then. */
    boolean advanceToNext(long limitNanos) {
        tasks.removeIf(task -> task.cancelled);
        Task next = tasks.peek();
        if (next == null || next.atNanos > limitNanos) {
            nowNanos = Math.max(nowNanos, limitNanos);
            return false;
        }
        nowNanos = Math.max(nowNanos, next.atNanos);
        return true;
    }

    long waitingTasks() {
        return tasks.stream().filter(task -> !task.cancelled).count();
    }
}
