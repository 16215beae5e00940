package io.kvmesh.examples.places;

import java.util.StringJoiner;

/**
 * Counts how long calls took, within about three per cent. Not safe for several threads: each has its own, and they are
 * added up at the end.
 *
 * <p>Each power of two of nanoseconds is cut into the same number of buckets of equal width.
 */
final class Latencies {
    private static final int BUCKETS_BITS = 5;
    private static final int BUCKETS_PER_POWER = 1 << BUCKETS_BITS;
    private static final int POWERS = Long.SIZE - BUCKETS_BITS;

    private final long[] counts = new long[POWERS * BUCKETS_PER_POWER];
    private long count;
    private long maxNanos;

    void add(long nanos) {
        long value = Math.max(nanos, 0);
        counts[bucketOf(value)]++;
        count++;
        maxNanos = Math.max(maxNanos, value);
    }

    void addAll(Latencies others) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += others.counts[i];
        }
        count += others.count;
        maxNanos = Math.max(maxNanos, others.maxNanos);
    }

    long count() {
        return count;
    }

    /** The longest call, exactly. */
    long maxNanos() {
        return maxNanos;
    }

    /**
     * A time that so many per cent of the calls did not exceed; 0 if there was none.
     *
     * @param percent above 0, at most 100
     */
    long percentileNanos(double percent) {
        if (!(percent > 0 && percent <= 100)) {
            throw new IllegalArgumentException("percent " + percent + " must be above 0 and at most 100");
        }
        long rank = (long) Math.ceil(count * percent / 100);
        long seen = 0;
        for (int bucket = 0; bucket < counts.length; bucket++) {
            seen += counts[bucket];
            if (seen >= rank && seen > 0) {
                return Math.min(upperBoundOf(bucket), maxNanos);
            }
        }
        return 0;
    }

    /** All buckets that are not empty, as text that {@link #parse} understands. */
    String format() {
        StringJoiner parts = new StringJoiner(",");
        parts.add(Long.toString(maxNanos));
        for (int bucket = 0; bucket < counts.length; bucket++) {
            if (counts[bucket] > 0) {
                parts.add(bucket + ":" + counts[bucket]);
            }
        }
        return parts.toString();
    }

    static Latencies parse(String text) {
        Latencies latencies = new Latencies();
        String[] parts = text.split(",");
        try {
            latencies.maxNanos = Long.parseLong(parts[0]);
            for (int i = 1; i < parts.length; i++) {
                int colon = parts[i].indexOf(':');
                long bucketCount = Long.parseLong(parts[i].substring(colon + 1));
                latencies.counts[Integer.parseInt(parts[i].substring(0, colon))] += bucketCount;
                latencies.count += bucketCount;
            }
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("latencies must be max,bucket:count,... but are '" + text + "'", e);
        }
        return latencies;
    }

    private static int bucketOf(long value) {
        int shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(value) - BUCKETS_BITS - 1);
        return shift * BUCKETS_PER_POWER + (int) (value >>> shift);
    }

    private static long upperBoundOf(int bucket) {
        int shift = Math.max(0, bucket / BUCKETS_PER_POWER - 1);
        long top = bucket - (long) shift * BUCKETS_PER_POWER;
        return ((top + 1) << shift) - 1;
    }
}
