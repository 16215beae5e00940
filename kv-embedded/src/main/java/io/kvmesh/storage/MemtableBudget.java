package io.kvmesh.storage;

import io.kvmesh.runtime.Invariants;

/**
 * Counts the bytes of all memtables of a store. Changed under the append lock; read by any thread.
 *
 * <p>When the memtables that take writes pass the budget, the largest is set aside and flushed. While flushing keeps up,
 * memtables hardly ever take twice the budget; at a bound writes are refused.
 */
final class MemtableBudget {
    /** Writes are refused when all memtables together take this many budgets. */
    static final int REFUSED_FACTOR = 4;

    private final long budgetBytes;
    private volatile long activeBytes;
    private volatile long waitingBytes;

    MemtableBudget(long budgetBytes) {
        this.budgetBytes = budgetBytes;
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
        return REFUSED_FACTOR * budgetBytes;
    }

    long totalBytes() {
        return activeBytes + waitingBytes;
    }
}
