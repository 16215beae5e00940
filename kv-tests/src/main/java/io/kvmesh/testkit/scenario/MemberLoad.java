package io.kvmesh.testkit.scenario;

import io.kvmesh.api.KvException;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.bench.LatencyHistogram;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that read and write {@link Records} at a given pace, and measure how long each call takes. Started and
 * stopped by one thread.
 *
 * <p>The pace does not make up for time that was lost: a call that takes long puts the next one off.
 */
final class MemberLoad {
    private final Records records;
    private final List<Thread> threads = new ArrayList<>();
    private final TreeMap<String, Long> failures = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();
    private LatencyHistogram reads = new LatencyHistogram();
    private LatencyHistogram writes = new LatencyHistogram();
    private volatile boolean stopped;

    private static final int FAULTS_MAX = 10;

    MemberLoad(Records records) {
        this.records = records;
    }

    /** Writes each record once. */
    void fill(int threadCount) throws InterruptedException {
        List<Thread> fillers = new ArrayList<>();
        for (int i = 0; i < threadCount; i++) {
            int from = i;
            fillers.add(started("filler-" + i, () -> {
                for (int index = from; index < records.count(); index += threadCount) {
                    writeUntilAcknowledged(index);
                }
            }));
        }
        for (Thread filler : fillers) {
            filler.join();
        }
    }

    private void writeUntilAcknowledged(int index) {
        boolean done = false;
        while (!done) {
            done = attempt(() -> records.write(index));
        }
    }

    /**
     * Starts to read and write.
     *
     * @param perSecond how many calls a second all threads make together at most
     */
    void start(int threadCount, int writePercent, int perSecond) {
        stopped = false;
        long intervalNanos = TimeUnit.SECONDS.toNanos(1) * threadCount / perSecond;
        for (int i = 0; i < threadCount; i++) {
            int number = i;
            threads.add(started("load-" + i, () -> call(number, threadCount, writePercent, intervalNanos)));
        }
    }

    /** Stops when the calls that are under way have ended. */
    void stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
    }

    /** What was measured since this was last asked. */
    synchronized String window() {
        String words = "reads=" + reads.encode() + " writes=" + writes.encode() + " failures="
                + failures.toString().replace(" ", "") + " faults=" + faults.size();
        reads = new LatencyHistogram();
        writes = new LatencyHistogram();
        failures.clear();
        return words;
    }

    synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    /** Reads all records; what is wrong with them is a fault. */
    void verify(int threadCount) throws InterruptedException {
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < threadCount; i++) {
            int from = i;
            readers.add(started("reader-" + i, () -> {
                for (int index = from; index < records.count(); index += threadCount) {
                    verifyOne(index);
                }
            }));
        }
        for (Thread reader : readers) {
            reader.join();
        }
    }

    private void verifyOne(int index) {
        boolean done = false;
        while (!done) {
            done = attempt(() -> check(index));
        }
    }

    private void check(int index) {
        String fault = records.read(index);
        if (fault != null) {
            fault(fault);
        }
    }

    private void call(int number, int threadCount, int writePercent, long intervalNanos) {
        RandomSource random = RandomSource.fromSystem();
        int own = (records.count() - number + threadCount - 1) / threadCount;
        while (!stopped) {
            long startNanos = System.nanoTime();
            int index = number + threadCount * random.nextInt(own);
            boolean write = random.nextInt(100) < writePercent;
            boolean done = attempt(() -> {
                if (write) {
                    records.write(index);
                } else {
                    check(index);
                }
            });
            long nanos = System.nanoTime() - startNanos;
            if (done) {
                record(write, nanos);
            }
            LockSupport.parkNanos(intervalNanos - nanos);
        }
    }

    private synchronized void record(boolean write, long nanos) {
        (write ? writes : reads).record(nanos);
    }

    private boolean attempt(Runnable call) {
        try {
            call.run();
            return true;
        } catch (KvException e) {
            synchronized (this) {
                failures.merge(e.getClass().getSimpleName(), 1L, Long::sum);
            }
            return false;
        } catch (RuntimeException e) {
            fault(e.toString());
            return true;
        }
    }

    private synchronized void fault(String text) {
        if (faults.size() < FAULTS_MAX) {
            faults.add(text);
        }
    }

    private static Thread started(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
