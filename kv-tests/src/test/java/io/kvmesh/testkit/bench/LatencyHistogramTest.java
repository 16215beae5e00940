package io.kvmesh.testkit.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.runtime.RandomSource;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Confined to one thread. */
class LatencyHistogramTest {
    private static final double ERROR_MAX = 0.016;

    @Test
    void quantilesAreThoseOfTheSortedValuesButForTheWidthOfABucket() {
        RandomSource random = RandomSource.seeded(7);
        LatencyHistogram histogram = new LatencyHistogram();
        long[] values = new long[50_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = 1L << random.nextInt(36);
            values[i] += random.nextLong(values[i]);
            histogram.record(values[i]);
        }
        Arrays.sort(values);
        for (double share : new double[] {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
            long exact = values[(int) Math.ceil(share * values.length) - 1];
            assertThat((double) histogram.quantileNanos(share)).isBetween((double) exact, exact * (1 + ERROR_MAX));
        }
    }

    @Test
    void anEmptyHistogramAndExtremeValuesAreCounted() {
        LatencyHistogram histogram = new LatencyHistogram();
        assertThat(histogram.quantileNanos(0.99)).isZero();
        histogram.record(-5);
        histogram.record(Long.MAX_VALUE);
        assertThat(histogram.total()).isEqualTo(2);
        assertThat(histogram.quantileNanos(0.5)).isZero();
        assertThat(histogram.maxNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void mergingThroughTextGivesWhatRecordingInOneGives() {
        RandomSource random = RandomSource.seeded(8);
        LatencyHistogram one = new LatencyHistogram();
        LatencyHistogram left = new LatencyHistogram();
        LatencyHistogram right = new LatencyHistogram();
        for (int i = 0; i < 10_000; i++) {
            long value = random.nextLong(10_000_000);
            one.record(value);
            (i % 3 == 0 ? left : right).record(value);
        }
        left.merge(LatencyHistogram.decode(right.encode()));
        assertThat(left.encode()).isEqualTo(one.encode());
        assertThat(left.total()).isEqualTo(10_000);
    }
}
