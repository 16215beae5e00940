package io.kvmesh.crash;

import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** Tasks that run one at a time, when the story says so. Used by one thread. */
final class StepLanes implements Scheduler {
    private final Queue<Runnable> offered = new ArrayDeque<>();
    private final List<Runnable> delayed = new ArrayList<>();

    @Override
    public boolean offer(Lane lane, Runnable task) {
        return offered.add(task);
    }

    @Override
    public Cancellable schedule(Lane lane, long delayNanos, Runnable task) {
        delayed.add(task);
        return () -> delayed.remove(task);
    }

    void runOffered() {
        Runnable task = offered.poll();
        if (task != null) {
            task.run();
        }
    }

    void runDelayed() {
        if (!delayed.isEmpty()) {
            delayed.remove(0).run();
        }
    }

    @Override
    public void close() {
        offered.clear();
        delayed.clear();
    }
}
