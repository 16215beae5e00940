package io.kvmesh.runtime;

/**
 * The one way in which a calling thread waits: production parks the thread, simulation runs the event queue until the
 * signal fired. Never called on a transport thread or inside a lane task.
 */
public interface Blocking {

    /**
     * Waits until the signal fired or the monotonic clock reached the deadline.
     *
     * @return whether the signal fired
     * @throws InterruptedException if the calling thread was interrupted; its interrupt status stays set
     */
    boolean await(Signal signal, long deadlineNanos) throws InterruptedException;
}
