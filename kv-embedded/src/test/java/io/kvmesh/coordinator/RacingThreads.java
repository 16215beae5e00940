package io.kvmesh.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that start one action each at the same moment. Used by one thread. */
final class RacingThreads implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Runs all actions at once and returns when all have ended; what one throws is thrown on. */
    void race(List<Runnable> actions) throws Exception {
        CyclicBarrier start = new CyclicBarrier(actions.size());
        List<Future<?>> running = new ArrayList<>();
        for (Runnable action : actions) {
            running.add(threads.submit(() -> {
                start.await();
                action.run();
                return null;
            }));
        }
        for (Future<?> each : running) {
            each.get();
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
