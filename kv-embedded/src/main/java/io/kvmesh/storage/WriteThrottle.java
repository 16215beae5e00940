package io.kvmesh.storage;

import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Slows writers down while other work falls behind, by holding their acknowledgements back. Safe for any thread; no
 * thread waits here.
 *
 * <p>A write is in the log and in the memtable before it comes here, so what is held back takes no memory beyond the
 * memtables' bound, and its order does not matter.
 *
 * <ol>
 *   <li>The greatest delay that any pressure asks for is put on the end of one line that all writers share, so that
 *       their number makes no difference.
 *   <li>A write whose place in the line is near is acknowledged at once; the line remembers.
 *   <li>Others wait for their place, or until no pressure is left. A timer runs for the first of them.
 *   <li>When the line is too long, further writes are refused before they are applied.
 * </ol>
 */
final class WriteThrottle {
    /** Who would wait shorter than this does not wait, as a timer costs more. */
    static final long GRACE_NANOS = 1_000_000L;
    /** Well below the time after which callers give up. */
    static final long STALL_NANOS_MAX = 500_000_000L;

    static final int STALLED_WRITES_MAX = 65_536;

    private record Stalled(long sinceNanos, long dueNanos, Runnable acknowledgement) {}

    private final Clock clock;
    private final Scheduler scheduler;
    private final List<WritePressure> pressures;
    private final LongAdder stalledWrites = new LongAdder();
    private final LongAdder stallNanos = new LongAdder();
    /** Guarded by this. The first in line is due first. */
    private final ArrayDeque<Stalled> stalled = new ArrayDeque<>();
    /** Where the line ends. Guarded by this. */
    private long lineNanos;
    /** Guarded by this. */
    private boolean closed;

    private volatile boolean full;

    WriteThrottle(Clock clock, Scheduler scheduler, List<WritePressure> pressures) {
        this.clock = clock;
        this.scheduler = scheduler;
        this.pressures = List.copyOf(pressures);
        this.lineNanos = clock.monotonicNanos();
    }

    /** Whether so many writes wait, or so long, that further ones should be refused. */
    boolean isFull() {
        return full;
    }

    /** Runs the acknowledgement of an applied write of that many bytes, now or later on the log lane. */
    void pass(long bytes, Runnable acknowledgement) {
        long delayNanos = delayNanos(bytes);
        if (delayNanos == 0 || !stall(delayNanos, acknowledgement)) {
            acknowledgement.run();
        }
    }

    private long delayNanos(long bytes) {
        long delayNanos = 0;
        for (WritePressure pressure : pressures) {
            delayNanos = Math.max(delayNanos, pressure.delayNanos(bytes));
        }
        return delayNanos;
    }

    /** False if the write need not wait. */
    private synchronized boolean stall(long delayNanos, Runnable acknowledgement) {
        long nowNanos = clock.monotonicNanos();
        // No write makes the line longer than the bound, so that nobody waits longer.
        lineNanos = Math.min(Math.max(lineNanos, nowNanos) + delayNanos, nowNanos + STALL_NANOS_MAX);
        if (closed || lineNanos - nowNanos <= GRACE_NANOS) {
            return false;
        }
        stalledWrites.increment();
        stalled.addLast(new Stalled(nowNanos, lineNanos, acknowledgement));
        full = isTooLong(nowNanos);
        if (stalled.size() == 1) {
            startTimer(stalled.getFirst(), nowNanos);
        }
        return true;
    }

    private boolean isTooLong(long nowNanos) {
        return stalled.size() >= STALLED_WRITES_MAX || lineNanos - nowNanos >= STALL_NANOS_MAX;
    }

    private void startTimer(Stalled first, long nowNanos) {
        scheduler.schedule(Lane.LOG, Math.max(0, first.dueNanos - nowNanos), this::release);
    }

    private void release() {
        acknowledge(takeDue());
    }

    private synchronized List<Stalled> takeDue() {
        long nowNanos = clock.monotonicNanos();
        List<Stalled> due = new ArrayList<>();
        boolean eased = delayNanos(1) == 0;
        if (eased) {
            lineNanos = nowNanos;
        }
        // The first one's time has come, whatever the clock says.
        while (!stalled.isEmpty() && (due.isEmpty() || eased || stalled.getFirst().dueNanos <= nowNanos)) {
            due.add(stalled.removeFirst());
        }
        full = !stalled.isEmpty() && isTooLong(nowNanos);
        if (!stalled.isEmpty()) {
            startTimer(stalled.getFirst(), nowNanos);
        }
        return due;
    }

    /** Runs all, also when one of them throws, which is then thrown on. */
    private void acknowledge(List<Stalled> due) {
        long nowNanos = clock.monotonicNanos();
        RuntimeException thrown = null;
        for (Stalled write : due) {
            stallNanos.add(nowNanos - write.sinceNanos);
            try {
                write.acknowledgement.run();
            } catch (RuntimeException e) {
                thrown = e;
            }
        }
        if (thrown != null) {
            throw thrown;
        }
    }

    /** How many acknowledgements were held back. */
    long stalledWrites() {
        return stalledWrites.sum();
    }

    /** How long acknowledgements were held back, all together. */
    long stallNanos() {
        return stallNanos.sum();
    }

    /** Leaves nobody waiting, now or later. */
    void close() {
        List<Stalled> rest;
        synchronized (this) {
            closed = true;
            rest = new ArrayList<>(stalled);
            stalled.clear();
            full = false;
        }
        acknowledge(rest);
    }
}
