package io.kvmesh.testkit;

import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The lanes of one run of a simulated member. Confined to the simulation's thread. */
final class SimScheduler implements Scheduler {
    /** How much later than asked a delayed task may come up, besides the time it waits in its lane. */
    static final long TIMER_DELAY_NANOS_MAX = 100_000L;

    private static final long LANE_FULL_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final SimProcess process;
    private final Map<Lane, SimLane> lanes = new EnumMap<>(Lane.class);
    private boolean closed;

    SimScheduler(SimProcess process) {
        this.process = process;
        for (Lane lane : Lane.values()) {
            lanes.put(lane, new SimLane(process, lane));
        }
    }

    @Override
    public boolean offer(Lane lane, Runnable task) {
        process.loop().checkThread();
        SimLane tasks = lanes.get(lane);
        return tasks != null && !isStopped() && tasks.offer(() -> runUnlessClosed(task));
    }

    @Override
    public Cancellable schedule(Lane lane, long delayNanos, Runnable task) {
        if (delayNanos < 0) {
            throw new IllegalArgumentException("delay of " + delayNanos + " ns must not be negative");
        }
        process.loop().checkThread();
        Delayed delayed = new Delayed(lane, task);
        delayed.comeUpAfter(delayNanos);
        return delayed;
    }

    @Override
    public void close() {
        closed = true;
        lanes.values().forEach(SimLane::clear);
    }

    private boolean isStopped() {
        return closed || !process.isAlive();
    }

    private void runUnlessClosed(Runnable task) {
        if (!closed) {
            task.run();
        }
    }

    /** A task that waits for its time and then in its lane. Confined to the simulation's thread. */
    private final class Delayed implements Cancellable {
        private final Lane lane;
        private @Nullable Runnable task;
        private @Nullable SimEvent event;

        Delayed(Lane lane, Runnable task) {
            this.lane = lane;
            this.task = task;
        }

        void comeUpAfter(long delayNanos) {
            if (isStopped()) {
                task = null;
                return;
            }
            long lateNanos = process.random().nextLong(TIMER_DELAY_NANOS_MAX);
            long sumNanos = delayNanos + lateNanos < 0 ? delayNanos : delayNanos + lateNanos;
            event = process.schedule(sumNanos, EventKind.TIMER, lane, this::comeUp);
        }

        @Override
        public void cancel() {
            task = null;
            if (event != null) {
                process.loop().cancel(event);
                event = null;
            }
        }

        private void comeUp() {
            event = null;
            if (task != null && !isStopped() && !offer(lane, this::run)) {
                comeUpAfter(LANE_FULL_RETRY_NANOS);
            }
        }

        private void run() {
            Runnable body = task;
            task = null;
            if (body != null) {
                body.run();
            }
        }
    }
}
