package io.kvmesh.runtime;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One lane's queue and its threads. Guarded by its own lock, which is never held while a task runs.
 *
 * <p>A thread is started when a task arrives, none is idle, and the lane may have another one. So a lane that is never
 * used has no thread, and a lane that one thread can keep up with has one.
 */
final class LaneWorkers {
    private static final Logger LOG = LoggerFactory.getLogger(LaneWorkers.class);

    private final String threadName;
    private final int threadsMax;
    private final int tasksMax;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
    private final List<Thread> threads = new ArrayList<>();
    private int idleThreads;
    private boolean closed;

    LaneWorkers(String threadName, int threadsMax, int tasksMax) {
        this.threadName = threadName;
        this.threadsMax = threadsMax;
        this.tasksMax = tasksMax;
    }

    boolean offer(Runnable task) {
        lock.lock();
        try {
            if (closed || queue.size() >= tasksMax) {
                return false;
            }
            // A thread that was signalled counts as idle until it wakes, but its task is still in the queue then.
            boolean idleThreadIsLeft = idleThreads > queue.size();
            queue.addLast(task);
            if (idleThreadIsLeft) {
                work.signal();
            } else if (threads.size() < threadsMax) {
                startThread();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Drops waiting tasks and lets the threads end. Idempotent. */
    void shutDown() {
        lock.lock();
        try {
            closed = true;
            queue.clear();
            work.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The threads that have not ended. */
    List<Thread> threads() {
        lock.lock();
        try {
            return List.copyOf(threads);
        } finally {
            lock.unlock();
        }
    }

    private void startThread() {
        String name = threadsMax == 1 ? threadName : threadName + "-" + (threads.size() + 1);
        Thread thread = DaemonThreads.create(name, this::runTasks);
        thread.start();
        threads.add(thread);
    }

    private void runTasks() {
        try {
            Runnable task = take();
            while (task != null) {
                run(task);
                task = take();
            }
        } finally {
            leave();
        }
    }

    private @Nullable Runnable take() {
        lock.lock();
        try {
            while (queue.isEmpty() && !closed) {
                idleThreads++;
                work.awaitUninterruptibly();
                idleThreads--;
            }
            return queue.pollFirst();
        } finally {
            lock.unlock();
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable failure) {
            LOG.error("A task on {} failed; the lane goes on", threadName, failure);
        } finally {
            // An interrupt meant for this task must not end a wait of the next one.
            Thread.interrupted();
        }
    }

    private void leave() {
        lock.lock();
        try {
            threads.remove(Thread.currentThread());
        } finally {
            lock.unlock();
        }
    }
}
