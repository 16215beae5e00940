package io.kvmesh.testkit;

import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.LaneLimits;
import java.util.ArrayDeque;

/**
 * One lane of a simulated member: as many tasks at once as the real lane has threads, each started a small random time
 * after a thread became free for it. A task that spends time keeps its thread for that long. Confined to the
 * simulation's thread.
 */
final class SimLane {
    /** The longest time from a task's turn to its start. */
    static final long START_DELAY_NANOS_MAX = 50_000L;

    private final SimProcess process;
    private final Lane lane;
    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
    private int busyThreads;

    SimLane(SimProcess process, Lane lane) {
        this.process = process;
        this.lane = lane;
    }

    boolean offer(Runnable task) {
        if (queue.size() >= LaneLimits.tasksMax(lane)) {
            return false;
        }
        queue.addLast(task);
        startTasks();
        return true;
    }

    void clear() {
        queue.clear();
    }

    private void startTasks() {
        while (busyThreads < LaneLimits.threads(lane)) {
            Runnable task = queue.pollFirst();
            if (task == null) {
                return;
            }
            busyThreads++;
            long delayNanos = process.random().nextLong(START_DELAY_NANOS_MAX);
            process.schedule(delayNanos, EventKind.TASK, lane, () -> run(task));
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (MemberCrashedError crash) {
            // The crash ended this code as it was meant to; a crash that left the process alive is a failure.
            if (process.isAlive()) {
                process.loop().codeFailed(process.member(), "a task on lane " + lane, crash);
            }
        } catch (Throwable failure) {
            process.loop().codeFailed(process.member(), "a task on lane " + lane, failure);
        } finally {
            if (process.loop().spentNanos() > 0) {
                process.schedule(0, EventKind.DONE, lane, this::freeThread);
            } else {
                freeThread();
            }
        }
    }

    private void freeThread() {
        busyThreads--;
        startTasks();
    }
}
