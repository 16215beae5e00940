package io.kvmesh.storage;

import io.kvmesh.runtime.ArrayPool;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.storage.memtable.Memtable;

/**
 * Counts the bytes of all memtables of a store. Changed under the append lock; read by any thread.
 *
 * <p>When the memtables that take writes pass the budget, the largest is set aside and flushed. While flushing keeps
 * up, memtables hardly ever take twice the budget; beyond that writes are slowed down, the more the closer they come
 * to the bound at which they are refused.
 */
final class MemtableBudget implements WritePressure {
    /** Writes are slowed down when all memtables together take more than this many budgets. */
    static final int SLOWED_FACTOR = 2;
    /** Writes are refused when all memtables together take this many budgets. */
    static final int REFUSED_FACTOR = 4;
    /** A smaller budget counts as this much for both, so that a few records larger than the budget find room. */
    static final long BUDGET_BYTES_MIN = 16 * 1024;
    /** How fast writers may be when they begin to be slowed down. */
    static final long SLOWED_BYTES_PER_SECOND = 64L << 20;
    /** The speed is halved this many times on the way to the bound. */
    private static final int HALVINGS = 8;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final long budgetBytes;
    private final ArrayPool pool;
    private volatile long activeBytes;
    private volatile long waitingBytes;

    MemtableBudget(long budgetBytes) {
        this.budgetBytes = budgetBytes;
        // What one flush leaves is what the next memtables take.
        this.pool = Memtable.newPool(budgetBytes);
    }

    /** What the memtables take their memory from. */
    ArrayPool pool() {
        return pool;
    }

    /** A memtable that takes writes grew. */
    void grew(long bytes) {
        long grown = activeBytes + bytes;
        activeBytes = grown;
    }

    /** A memtable of this size was set aside. */
    void setAside(long bytes) {
        long active = activeBytes - bytes;
        Invariants.check(active >= 0, "memtables were set aside with more bytes than were counted");
        long waiting = waitingBytes + bytes;
        waitingBytes = waiting;
        activeBytes = active;
    }

    /** A memtable of this size that was set aside is in a table now. */
    void flushed(long bytes) {
        long waiting = waitingBytes - bytes;
        Invariants.check(waiting >= 0, "memtables were flushed with more bytes than were set aside");
        waitingBytes = waiting;
    }

    /** Whether a memtable should be set aside. */
    boolean isPassed() {
        return activeBytes >= budgetBytes;
    }

    /** Whether there is no room for further writes. */
    boolean isExhausted() {
        return totalBytes() >= boundBytes();
    }

    long boundBytes() {
        return REFUSED_FACTOR * Math.max(BUDGET_BYTES_MIN, budgetBytes);
    }

    long totalBytes() {
        return activeBytes + waitingBytes;
    }

    @Override
    public long delayNanos(long bytes) {
        long slowedBytes = SLOWED_FACTOR * Math.max(BUDGET_BYTES_MIN, budgetBytes);
        long beyondBytes = totalBytes() - slowedBytes;
        if (beyondBytes <= 0) {
            return 0;
        }
        long halvings = Math.min(HALVINGS, beyondBytes * HALVINGS / (boundBytes() - slowedBytes));
        return bytes * NANOS_PER_SECOND / (SLOWED_BYTES_PER_SECOND >> halvings);
    }
}
