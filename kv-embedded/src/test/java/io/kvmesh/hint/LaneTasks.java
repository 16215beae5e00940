package io.kvmesh.hint;

import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import java.util.ArrayDeque;

/** A lane whose tasks run when the test says so, whatever their delay, and a clock that the test moves. One thread. */
final class LaneTasks implements Scheduler, Clock {
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private long nowNanos;

    @Override
    public boolean offer(Lane lane, Runnable task) {
        tasks.add(task);
        return true;
    }

    @Override
    public Cancellable schedule(Lane lane, long delayNanos, Runnable task) {
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    @Override
    public void close() {
        tasks.clear();
    }

    @Override
    public long wallMicros() {
        return nowNanos / 1_000;
    }

    @Override
    public long monotonicNanos() {
        return nowNanos;
    }

    void advance(long nanos) {
        nowNanos += nanos;
    }

    /** Runs what is there, and not what comes of it. Returns how many tasks that were. */
    int runOnce() {
        int count = tasks.size();
        for (int i = 0; i < count; i++) {
            tasks.remove().run();
        }
        return count;
    }

    void runAll() {
        int ran = 1;
        while (ran > 0) {
            ran = runOnce();
        }
    }
}
