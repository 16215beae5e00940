package io.kvmesh.testkit;

import io.kvmesh.runtime.RandomSource;
import java.time.Duration;

/** Draws spans of time that are mostly short and sometimes long. Stateless. */
final class Exponential {
    private static final int MEANS_MAX = 100;

    private Exponential() {}

    /** A span of an exponential distribution, cut at a hundred times its mean. */
    static long drawNanos(RandomSource random, long meanNanos) {
        // StrictMath: the same bits on every machine and in every JVM.
        double factor = Math.min(MEANS_MAX, -StrictMath.log(1 - random.nextDouble()));
        return (long) (factor * meanNanos);
    }

    /** A span of at least the minimum, and of this mean. */
    static long drawNanos(RandomSource random, Duration min, Duration mean) {
        return min.toNanos() + drawNanos(random, mean.minus(min).toNanos());
    }
}
