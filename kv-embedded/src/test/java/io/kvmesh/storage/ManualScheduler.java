package io.kvmesh.storage;

import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Runs tasks when the test asks, in the test's thread. Offering is safe for any thread. */
public final class ManualScheduler implements Scheduler {
    /** Some work is tried again for ever, after a pause. */
    private static final int DELAYED_TASKS_MAX = 1_000;

    private final Queue<Runnable> offered = new ArrayDeque<>();
    private final List<Runnable> delayed = new ArrayList<>();

    @Override
    public synchronized boolean offer(Lane lane, Runnable task) {
        return offered.add(task);
    }

    @Override
    public synchronized Cancellable schedule(Lane lane, long delayNanos, Runnable task) {
        delayed.add(task);
        return () -> {
            synchronized (this) {
                delayed.remove(task);
            }
        };
    }

    synchronized int delayedTasks() {
        return delayed.size();
    }

    /** Runs everything, as if time had passed, until nothing is left, or what fails has been tried often enough. */
    public void runAll() {
        int delayedTasks = 0;
        for (Runnable task = next(); task != null && delayedTasks < DELAYED_TASKS_MAX; task = next()) {
            delayedTasks += offeredTasks() == 0 ? 1 : 0;
            task.run();
        }
    }

    private synchronized int offeredTasks() {
        return offered.size();
    }

    /** Runs what was offered without a delay. */
    public void runOffered() {
        for (Runnable task = nextOffered(); task != null; task = nextOffered()) {
            task.run();
        }
    }

    private synchronized @Nullable Runnable next() {
        Runnable task = offered.poll();
        return task != null || delayed.isEmpty() ? task : delayed.remove(0);
    }

    private synchronized @Nullable Runnable nextOffered() {
        return offered.poll();
    }

    @Override
    public synchronized void close() {
        offered.clear();
        delayed.clear();
    }
}
