package io.kvmesh.testkit.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Counts durations in buckets whose width grows with the duration, so that each is known to about 1.6 %. Not safe for
 * several threads: every caller has its own, and they are merged afterwards, across processes through text.
 *
 * <p>Durations below {@value #SUB_BUCKETS} ns have a bucket each; above, every doubling is cut into
 * {@value #HALF} equal buckets.
 */
public final class LatencyHistogram {
    private static final int SUB_BITS = 7;
    private static final int SUB_BUCKETS = 1 << SUB_BITS;
    private static final int HALF = SUB_BUCKETS / 2;
    /** Durations from 2^40 ns (18 minutes) on are counted in the last bucket. */
    private static final int HIGHEST_BIT_MAX = 40;

    private static final int BUCKETS = SUB_BUCKETS + (HIGHEST_BIT_MAX - SUB_BITS) * HALF;

    private final long[] counts = new long[BUCKETS];
    private long total;
    private long maxNanos;

    public void record(long nanos) {
        counts[bucketOf(nanos)]++;
        total++;
        maxNanos = Math.max(maxNanos, nanos);
    }

    public void merge(LatencyHistogram other) {
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] += other.counts[i];
        }
        total += other.total;
        maxNanos = Math.max(maxNanos, other.maxNanos);
    }

    public long total() {
        return total;
    }

    public long maxNanos() {
        return maxNanos;
    }

    /**
     * A duration that the given share of all durations does not exceed, but for the width of a bucket.
     *
     * @param share from 0.0 to 1.0
     * @return 0 if nothing was recorded
     */
    public long quantileNanos(double share) {
        long wanted = Math.max(1, (long) Math.ceil(share * total));
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += counts[i];
            if (seen >= wanted) {
                return Math.min(upperBoundOf(i), maxNanos);
            }
        }
        return maxNanos;
    }

    /** Everything that was counted, as text without blanks. */
    public String encode() {
        List<String> parts = new ArrayList<>();
        parts.add(Long.toString(maxNanos));
        for (int i = 0; i < BUCKETS; i++) {
            if (counts[i] != 0) {
                parts.add(i + ":" + counts[i]);
            }
        }
        return String.join(",", parts);
    }

    public static LatencyHistogram decode(String text) {
        LatencyHistogram histogram = new LatencyHistogram();
        String[] parts = text.split(",", -1);
        histogram.maxNanos = Long.parseLong(parts[0]);
        for (int i = 1; i < parts.length; i++) {
            int colon = parts[i].indexOf(':');
            int bucket = Integer.parseInt(parts[i].substring(0, colon));
            long count = Long.parseLong(parts[i].substring(colon + 1));
            histogram.counts[bucket] += count;
            histogram.total += count;
        }
        return histogram;
    }

    private static int bucketOf(long nanos) {
        long value = Math.max(0, nanos);
        if (value < SUB_BUCKETS) {
            return (int) value;
        }
        int highestBit = 63 - Long.numberOfLeadingZeros(value);
        if (highestBit >= HIGHEST_BIT_MAX) {
            return BUCKETS - 1;
        }
        int withinDoubling = (int) (value >>> (highestBit - SUB_BITS + 1)) - HALF;
        return SUB_BUCKETS + (highestBit - SUB_BITS) * HALF + withinDoubling;
    }

    private static long upperBoundOf(int bucket) {
        if (bucket < SUB_BUCKETS) {
            return bucket;
        }
        int doubling = (bucket - SUB_BUCKETS) / HALF;
        long withinDoubling = (long) (bucket - SUB_BUCKETS) % HALF + HALF;
        return ((withinDoubling + 1) << (doubling + 1)) - 1;
    }
}
