package io.kvmesh.testkit.process;

import io.kvmesh.api.KvException;
import io.kvmesh.api.KvException.Outcome;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.api.ReadTimeoutException;
import io.kvmesh.api.UnavailableException;
import io.kvmesh.api.WriteTimeoutException;
import io.kvmesh.testkit.bench.ChildLink;
import io.kvmesh.testkit.process.WriteScript.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The writers of one member. Each repeats an operation until it is acknowledged, tells of that, and reads the key back.
 * Started and stopped by one thread.
 *
 * <p>Beside them a thread that only parks measures for how long this process was not scheduled, so that a call's
 * duration can be judged on a busy machine.
 */
final class MeshWriters {
    private static final long PAUSE_AFTER_FAILURE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long HICCUP_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** What a call may fail with while other members come and go. */
    private static final List<Class<? extends KvException>> DOCUMENTED = List.of(
            UnavailableException.class,
            WriteTimeoutException.class,
            ReadTimeoutException.class,
            OverloadedException.class);

    private final ChildLink link;
    private final KvMap<String, byte[]> map;
    private final WriteScript script;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong calls = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();
    private final AtomicLong longestCallNanos = new AtomicLong();
    private final AtomicLong longestHiccupNanos = new AtomicLong();
    private final TreeMap<String, Long> failures = new TreeMap<>();
    private volatile boolean stopped;

    MeshWriters(ChildLink link, KvMap<String, byte[]> map, WriteScript script) {
        this.link = link;
        this.map = map;
        this.script = script;
    }

    void start(String writers, String sequences) {
        stopped = false;
        longestCallNanos.set(0);
        longestHiccupNanos.set(0);
        String[] numbers = writers.split(",", -1);
        String[] starts = sequences.split(",", -1);
        for (int i = 0; i < numbers.length; i++) {
            int writer = Integer.parseInt(numbers[i]);
            long start = Long.parseLong(starts[i]);
            run(() -> write(writer, start), "writer-" + writer);
        }
        run(this::watchHiccups, "hiccups");
    }

    /** Stops after the operations that are under way, and tells what happened. */
    String stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
        return tally().toWords() + " longestCallMillis=" + TimeUnit.NANOSECONDS.toMillis(longestCallNanos.get())
                + " hiccupMillis=" + TimeUnit.NANOSECONDS.toMillis(longestHiccupNanos.get());
    }

    /** The calls since this process began. */
    CallTally tally() {
        synchronized (failures) {
            return new CallTally(calls.get(), unknown.get(), failures);
        }
    }

    private void run(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void write(int writer, long start) {
        long sequence = start;
        while (!stopped) {
            Operation operation = script.operation(writer, sequence);
            boolean acknowledged = attempt(() -> script.apply(map, operation));
            // The ledger knows of one operation under way, so this one is repeated until it is acknowledged.
            while (!acknowledged) {
                LockSupport.parkNanos(PAUSE_AFTER_FAILURE_NANOS);
                acknowledged = attempt(() -> script.apply(map, operation));
            }
            link.line("a " + writer + " " + sequence);
            attempt(() -> readBack(operation));
            sequence++;
        }
    }

    private void readBack(Operation operation) {
        long read = WriteScript.read(map, operation.key());
        if (read != operation.effect()) {
            link.line(
                    "f key " + operation.key() + " was read as " + read + " after " + operation + " was acknowledged");
        }
    }

    private boolean attempt(Runnable call) {
        long start = System.nanoTime();
        try {
            call.run();
            return true;
        } catch (KvException e) {
            note(e);
            return false;
        } catch (RuntimeException e) {
            link.line("u " + Thread.currentThread().getName() + ": " + e);
            return false;
        } finally {
            calls.incrementAndGet();
            longestCallNanos.accumulateAndGet(System.nanoTime() - start, Math::max);
        }
    }

    private void note(KvException failure) {
        synchronized (failures) {
            failures.merge(failure.getClass().getSimpleName(), 1L, Long::sum);
        }
        if (failure instanceof WriteTimeoutException && failure.outcome() == Outcome.UNKNOWN) {
            unknown.incrementAndGet();
        }
        if (!DOCUMENTED.contains(failure.getClass())) {
            link.line("u " + Thread.currentThread().getName() + ": " + failure);
        }
    }

    private void watchHiccups() {
        while (!stopped) {
            long start = System.nanoTime();
            LockSupport.parkNanos(HICCUP_PARK_NANOS);
            long lateNanos = System.nanoTime() - start - HICCUP_PARK_NANOS;
            longestHiccupNanos.accumulateAndGet(lateNanos, Math::max);
        }
    }
}
