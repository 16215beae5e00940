package io.kvmesh.storage;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.log.CommitLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a write is acknowledged and when the log is synced. Safe for any thread.
 *
 * <p>PERIODIC: at once; the first write after a sync schedules the next one, so that an idle store has no timer. SYNC:
 * when a sync that began after the write's append has ended; all writes that came meanwhile share the next sync.
 */
final class LogSyncer {
    /** How many writes may wait for a sync. */
    static final int WAITING_WRITES_MAX = 65_536;

    private record Waiting(WriteCallback callback, @Nullable Version newer) {}

    private final CommitLog log;
    private final Scheduler scheduler;
    private final ReadOnlyLatch latch;
    private final Durability durability;
    private final long syncIntervalNanos;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final Object monitor = new Object();
    /** Guarded by the monitor. */
    private List<Waiting> waiting = new ArrayList<>();

    /** Guarded by the monitor. */
    private boolean closed;

    private volatile boolean full;

    LogSyncer(CommitLog log, Scheduler scheduler, ReadOnlyLatch latch, Durability durability, long syncIntervalNanos) {
        this.log = log;
        this.scheduler = scheduler;
        this.latch = latch;
        this.durability = durability;
        this.syncIntervalNanos = syncIntervalNanos;
    }

    /** Whether so many writes wait for a sync that further ones should be refused. */
    boolean isFull() {
        return full;
    }

    /** Takes over a write that was appended and applied, and sees to its acknowledgement. */
    void appended(WriteCallback callback, @Nullable Version newer) {
        if (durability == Durability.PERIODIC) {
            if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
                scheduler.schedule(Lane.LOG, syncIntervalNanos, this::run);
            }
            callback.onWritten(newer);
            return;
        }
        boolean late;
        synchronized (monitor) {
            waiting.add(new Waiting(callback, newer));
            full = waiting.size() >= WAITING_WRITES_MAX;
            late = closed;
        }
        if (late) {
            // The write was appended before the store closed; nobody else will sync any more.
            run();
        } else if (!scheduled.get() && scheduled.compareAndSet(false, true) && !scheduler.offer(Lane.LOG, this::run)) {
            // A full lane makes the acknowledgement late; a delayed task is not lost.
            scheduler.schedule(Lane.LOG, 0, this::run);
        }
    }

    private void run() {
        // Before the sync: a write that is appended from here on may not be covered and schedules the next one.
        scheduled.set(false);
        try {
            sync();
        } catch (IOException e) {
            // Those who waited were told, and so will be whoever writes next.
            Invariants.check(latch.isClosed(), "a failed sync ends all writes");
        }
    }

    /** Syncs what was written so far, in the calling thread. */
    void syncNow() {
        try {
            sync();
        } catch (IOException e) {
            throw latch.close("syncing the commit log", e);
        }
    }

    /** Syncs what was written so far and leaves nobody waiting, now or later. */
    void close() throws IOException {
        synchronized (monitor) {
            closed = true;
        }
        sync();
    }

    /** Syncs the log in the calling thread and acknowledges what that covers. */
    private void sync() throws IOException {
        List<Waiting> covered = takeWaiting();
        try {
            log.sync();
        } catch (IOException e) {
            KvException reason = latch.close("syncing the commit log", e);
            notifyAll(covered, reason);
            throw e;
        }
        notifyAll(covered, null);
    }

    private List<Waiting> takeWaiting() {
        synchronized (monitor) {
            List<Waiting> taken = waiting;
            waiting = new ArrayList<>();
            full = false;
            return taken;
        }
    }

    /** Tells all of them, also when one of them throws, which is then thrown on. */
    private static void notifyAll(List<Waiting> covered, @Nullable KvException failure) {
        RuntimeException thrown = null;
        for (Waiting write : covered) {
            try {
                if (failure == null) {
                    write.callback.onWritten(write.newer);
                } else {
                    write.callback.onFailed(failure);
                }
            } catch (RuntimeException e) {
                thrown = e;
            }
        }
        if (thrown != null) {
            throw thrown;
        }
    }
}
