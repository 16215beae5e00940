package io.kvmesh.coordinator;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * After how long a read asks one more replica: fixed, or as long as 99 % of the last reads took. Safe for any thread;
 * recording takes two atomic additions.
 *
 * <p>Times are counted in a histogram of buckets, four for each doubling. When enough have come, the delay is taken
 * from it and all counts are halved, so that what was long ago fades.
 */
final class SpeculativeDelay {
    /** Where a delay that follows from the reads begins. */
    static final long START_NANOS = TimeUnit.MILLISECONDS.toNanos(30);

    static final long NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(2);
    static final long NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(500);
    /** Between two looks at the histogram. */
    static final int READS_BETWEEN_LOOKS = 500;

    private static final double QUANTILE = 0.99;
    /** Of nanoseconds: what is below is one bucket. */
    private static final int LEAST_BITS = 17;

    private static final int BUCKETS = 4 * 16;

    private final boolean follows;
    private final AtomicIntegerArray counts = new AtomicIntegerArray(BUCKETS);
    private final AtomicInteger reads = new AtomicInteger();
    private volatile long nanos;

    private SpeculativeDelay(boolean follows, long nanos) {
        this.follows = follows;
        this.nanos = nanos;
    }

    static SpeculativeDelay fixed(long nanos) {
        return new SpeculativeDelay(false, nanos);
    }

    static SpeculativeDelay followingReads() {
        return new SpeculativeDelay(true, START_NANOS);
    }

    long nanos() {
        return nanos;
    }

    /** Counts the time of a read that asked other members. */
    void record(long tookNanos) {
        if (!follows) {
            return;
        }
        counts.incrementAndGet(bucket(tookNanos));
        if (reads.incrementAndGet() % READS_BETWEEN_LOOKS == 0) {
            look();
        }
    }

    /** Counts that come meanwhile may be halved or not, which is no matter. */
    private void look() {
        long total = 0;
        for (int i = 0; i < BUCKETS; i++) {
            total += counts.get(i);
        }
        long below = 0;
        int bucket = 0;
        while (bucket < BUCKETS - 1 && below + counts.get(bucket) < total * QUANTILE) {
            below += counts.get(bucket);
            bucket++;
        }
        nanos = Math.max(NANOS_MIN, Math.min(NANOS_MAX, endOf(bucket)));
        for (int i = 0; i < BUCKETS; i++) {
            counts.updateAndGet(i, count -> count / 2);
        }
    }

    private static int bucket(long tookNanos) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, tookNanos));
        if (bits <= LEAST_BITS) {
            return 0;
        }
        int quarter = (int) (tookNanos >>> (bits - 3)) & 3;
        return Math.min(BUCKETS - 1, 4 * (bits - LEAST_BITS - 1) + quarter);
    }

    /** The times of a bucket are below this. */
    private static long endOf(int bucket) {
        int bits = LEAST_BITS + 1 + bucket / 4;
        return (5L + bucket % 4) << (bits - 3);
    }
}
