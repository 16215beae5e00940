package io.kvmesh.transport.jgroups;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jgroups.util.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes the threads of one transport: daemons with a name, all of which can be awaited at the end. Safe for any
 * thread.
 */
final class TransportThreads implements ThreadFactory {
    /** How long one thread is waited for before all are looked after again. */
    private static final long JOIN_MILLIS = 20;

    private final String prefix;
    private final AtomicInteger sequence = new AtomicInteger();
    private final Set<TransportThread> live = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    TransportThreads(String prefix) {
        this.prefix = prefix;
    }

    @Override
    public Thread newThread(@Nullable Runnable task) {
        return newThread(task, "worker");
    }

    @Override
    public Thread newThread(@Nullable Runnable task, String name) {
        return new TransportThread(task, prefix + "-" + name + "-" + sequence.incrementAndGet());
    }

    /**
     * From here on new threads end at once. A sender that raced with the end of the stack may still ask for one, and
     * nobody would stop it.
     */
    void refuseNew() {
        closed = true;
    }

    /**
     * Interrupts what still runs and waits for it, but not longer than given. The calling thread is left out.
     *
     * @param freeStuck frees threads that an interrupt does not reach, like one that dialled while all connections were
     *     being closed; called again and again until the end
     */
    void awaitEnd(long timeoutMillis, Runnable freeStuck) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        while (System.nanoTime() - deadlineNanos < 0) {
            freeStuck.run();
            boolean ended = true;
            for (TransportThread thread : live) {
                if (thread != Thread.currentThread() && thread.getState() != Thread.State.TERMINATED) {
                    ended = false;
                    thread.interrupt();
                    // Returns at once for a thread that is just being started: it is joined the next time.
                    thread.join(JOIN_MILLIS);
                }
            }
            if (ended) {
                return;
            }
        }
    }

    @Override
    public boolean useVirtualThreads() {
        return false;
    }

    @Override
    public void setPattern(@Nullable String pattern) {}

    @Override
    public void setIncludeClusterName(boolean includeClusterName) {}

    @Override
    public void setClusterName(@Nullable String clusterName) {}

    @Override
    public void setAddress(@Nullable String address) {}

    @Override
    public void renameThread(String name, Thread thread) {}

    /** Has a class of its own because JGroups turns instances of {@code Thread} itself into non-daemons. */
    private final class TransportThread extends Thread {
        private final @Nullable Runnable task;

        TransportThread(@Nullable Runnable task, String name) {
            super(null, null, name, 0, false);
            this.task = task;
            setDaemon(true);
        }

        /** Is known from before it runs until after it ended, so that nobody looks for it in vain. */
        @Override
        public synchronized void start() {
            live.removeIf(thread -> thread.getState() == State.TERMINATED);
            live.add(this);
            try {
                super.start();
            } catch (Throwable e) {
                live.remove(this);
                throw e;
            }
        }

        @Override
        public void run() {
            if (task != null && !closed) {
                task.run();
            }
        }
    }
}
