package io.kvmesh.testkit.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/**
 * Runs threads that call as fast as they can: first unmeasured, then for a window in which latencies, CPU time and
 * collector pauses are counted. Stateless.
 */
final class Callers {
    private static final long HANGING_MAX_SECONDS = 60;

    private Callers() {}

    /** One thread's work. Confined to that thread. */
    @FunctionalInterface
    interface Caller {
        /** Performs one operation and counts it, with its latency or as an error. */
        void call(PointSample sample);
    }

    /**
     * When the processes of a mesh start together, warm up and measure.
     *
     * @param startMillis wall time, so that all processes mean the same moment
     */
    record Window(long startMillis, long warmUpMillis, long measureMillis) {}

    /** Runs that many callers and returns what they did in the window, with what this process used meanwhile. */
    static PointSample run(int count, IntFunction<Caller> factory, Window window) throws InterruptedException {
        long delayNanos = TimeUnit.MILLISECONDS.toNanos(window.startMillis - System.currentTimeMillis());
        long startNanos = System.nanoTime() + delayNanos;
        long measureNanos = startNanos + TimeUnit.MILLISECONDS.toNanos(window.warmUpMillis);
        long endNanos = measureNanos + TimeUnit.MILLISECONDS.toNanos(window.measureMillis);
        List<CallerThread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            threads.add(new CallerThread(factory.apply(i), i, startNanos, measureNanos, endNanos));
        }
        threads.forEach(Thread::start);
        parkUntil(measureNanos);
        ResourceUse before = ResourceUse.now();
        long windowStartNanos = System.nanoTime();
        parkUntil(endNanos);
        ResourceUse used = ResourceUse.now().since(before);
        long windowNanos = System.nanoTime() - windowStartNanos;
        PointSample total = new PointSample();
        for (CallerThread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(HANGING_MAX_SECONDS));
            if (thread.isAlive()) {
                total.error("CallThatNeverReturned");
            } else {
                total.merge(thread.sample);
            }
        }
        total.windowNanos = windowNanos;
        total.cpuNanos = used.cpuNanos();
        total.gcPauseMillis = used.gcPauseMillis();
        total.heapBytesMax = ResourceUse.heapUsedBytes();
        return total;
    }

    private static void parkUntil(long nanos) {
        long rest = nanos - System.nanoTime();
        while (rest > 0) {
            LockSupport.parkNanos(rest);
            rest = nanos - System.nanoTime();
        }
    }

    /** Calls until the end and keeps what it counted within the window. */
    private static final class CallerThread extends Thread {
        private final Caller caller;
        private final long startNanos;
        private final long measureNanos;
        private final long endNanos;
        private final PointSample sample = new PointSample();

        CallerThread(Caller caller, int number, long startNanos, long measureNanos, long endNanos) {
            super("caller-" + number);
            setDaemon(true);
            this.caller = caller;
            this.startNanos = startNanos;
            this.measureNanos = measureNanos;
            this.endNanos = endNanos;
        }

        @Override
        public void run() {
            parkUntil(startNanos);
            PointSample warmUp = new PointSample();
            while (System.nanoTime() - measureNanos < 0) {
                caller.call(warmUp);
            }
            while (System.nanoTime() - endNanos < 0) {
                caller.call(sample);
            }
            // A wrong value or an error is one whenever it happens; only the durations belong to the window.
            sample.mergeFaults(warmUp);
        }
    }
}
