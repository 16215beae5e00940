package io.kvmesh.testkit.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kvmesh.runtime.RandomSource;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

/** Confined to one thread. */
class ZipfianKeysTest {
    private static final int RECORDS = 10_000;

    @Test
    void ranksAreDrawnInProportionToTheirZipfianWeight() {
        ZipfianKeys keys = new ZipfianKeys(RECORDS, ZipfianKeys.THETA);
        RandomSource random = RandomSource.seeded(3);
        int draws = 1_000_000;
        int[] counts = new int[RECORDS];
        for (int i = 0; i < draws; i++) {
            counts[keys.rank(random.nextDouble())]++;
        }
        double weights = 0;
        for (int rank = 1; rank <= RECORDS; rank++) {
            weights += Math.pow(rank, -ZipfianKeys.THETA);
        }
        // The method is exact for the first two ranks and approximate behind them.
        assertThat(counts[0] / (double) draws).isCloseTo(1 / weights, within(0.005));
        assertThat(counts[1] / (double) draws).isCloseTo(Math.pow(2, -ZipfianKeys.THETA) / weights, within(0.005));
        double exactTop = 0;
        double drawnTop = 0;
        for (int rank = 1; rank <= 100; rank++) {
            exactTop += Math.pow(rank, -ZipfianKeys.THETA) / weights;
            drawnTop += counts[rank - 1] / (double) draws;
        }
        assertThat(drawnTop).isCloseTo(exactTop, within(0.03));
    }

    @Test
    void everyRecordBelongsToOneRank() {
        for (int records : new int[] {1, 2, 3, 100, 9_973, RECORDS}) {
            ZipfianKeys keys = new ZipfianKeys(records, ZipfianKeys.THETA);
            BitSet seen = new BitSet();
            for (int rank = 0; rank < records; rank++) {
                seen.set(keys.scatter(rank));
            }
            assertThat(seen.cardinality()).isEqualTo(records);
            assertThat(seen.length()).isEqualTo(records);
            assertThat(keys.next(RandomSource.seeded(records))).isBetween(0, records - 1);
        }
    }
}
