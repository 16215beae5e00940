package io.kvmesh.testkit.bench;

import io.kvmesh.runtime.RandomSource;

/**
 * Draws record numbers of which few are popular: rank r with a probability in proportion to 1/r^theta, and the ranks
 * scattered over all numbers. Immutable but for the generator that is passed in; safe for any thread.
 *
 * <p>Source of the method: Gray, Sundaresan, Englert, Baclawski, Weinberger, "Quickly generating billion-record
 * synthetic databases", SIGMOD 1994.
 */
public final class ZipfianKeys {
    public static final double THETA = 0.99;
    /** A prime above all record counts, so that multiplying by it permutes the numbers below any of them. */
    private static final long SCATTER_PRIME = 2_654_435_761L;

    private final int records;
    private final double theta;
    private final double alpha;
    private final double zetaRecords;
    private final double eta;

    public ZipfianKeys(int records, double theta) {
        this.records = records;
        this.theta = theta;
        alpha = 1.0 / (1.0 - theta);
        zetaRecords = zeta(records, theta);
        eta = (1.0 - Math.pow(2.0 / records, 1.0 - theta)) / (1.0 - zeta(2, theta) / zetaRecords);
    }

    /** A record number from 0 (inclusive) to the number of records (exclusive). */
    public int next(RandomSource random) {
        return scatter(rank(random.nextDouble()));
    }

    /** The rank, 0 for the most popular, that belongs to a uniform number from 0.0 to 1.0. */
    int rank(double uniform) {
        double scaled = uniform * zetaRecords;
        if (scaled < 1.0 || records == 1) {
            return 0;
        }
        if (scaled < 1.0 + Math.pow(0.5, theta) || records == 2) {
            return 1;
        }
        int rank = (int) (records * Math.pow(eta * uniform - eta + 1.0, alpha));
        return Math.min(rank, records - 1);
    }

    /** The record number of a rank: each number belongs to exactly one rank. */
    int scatter(int rank) {
        return (int) ((rank + 1L) * (SCATTER_PRIME % records == 0 ? 1 : SCATTER_PRIME) % records);
    }

    private static double zeta(int count, double theta) {
        double sum = 0;
        for (int i = 1; i <= count; i++) {
            sum += 1.0 / Math.pow(i, theta);
        }
        return sum;
    }
}
