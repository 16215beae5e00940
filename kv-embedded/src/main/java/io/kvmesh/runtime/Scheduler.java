package io.kvmesh.runtime;

/**
 * Runs tasks on the lanes of one member, now or later. Safe for any thread.
 *
 * <p>A task that throws is reported as an error to the log and does not end its lane. After {@link #close()} no task
 * starts any more.
 */
public interface Scheduler extends AutoCloseable {

    /**
     * Offers a task to a lane.
     *
     * @return false when the lane's queue is full or the scheduler is closed; the task will then never run
     */
    boolean offer(Lane lane, Runnable task);

    /**
     * Offers a task to a lane after a delay. If the lane is full at that moment the offer is repeated shortly after, so
     * a delayed task is late rather than lost.
     *
     * @param delayNanos at least 0
     */
    Cancellable schedule(Lane lane, long delayNanos, Runnable task);

    /** Stops all lanes: waiting tasks are dropped, running ones are waited for within a bound. Idempotent. */
    @Override
    void close();

    /** A handle on a delayed task. */
    @FunctionalInterface
    interface Cancellable {
        /** Prevents the task from starting if it has not started yet. Idempotent, safe for any thread. */
        void cancel();
    }
}
