package io.kvmesh.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SpeculativeDelayTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final SpeculativeDelay delay = SpeculativeDelay.followingReads();

    private void record(int reads, long tookNanos) {
        for (int i = 0; i < reads; i++) {
            delay.record(tookNanos);
        }
    }

    @Test
    void itBeginsWithAFixedTime() {
        record(SpeculativeDelay.READS_BETWEEN_LOOKS - 1, MILLI);
        assertThat(delay.nanos()).isEqualTo(SpeculativeDelay.START_NANOS);
    }

    @Test
    void itBecomesWhatMostReadsTake() {
        record(SpeculativeDelay.READS_BETWEEN_LOOKS, 10 * MILLI);
        assertThat(delay.nanos()).isBetween(10 * MILLI, 13 * MILLI);
    }

    @Test
    void aFewSlowReadsDoNotCountAndManyDo() {
        record(SpeculativeDelay.READS_BETWEEN_LOOKS - 4, 10 * MILLI);
        record(4, 400 * MILLI);
        assertThat(delay.nanos()).as("4 of 500 are slow").isLessThan(13 * MILLI);
        record(SpeculativeDelay.READS_BETWEEN_LOOKS - 40, 10 * MILLI);
        record(40, 400 * MILLI);
        assertThat(delay.nanos()).as("44 of 750 are slow").isBetween(400 * MILLI, 500 * MILLI);
    }

    @Test
    void whatWasLongAgoFades() {
        record(SpeculativeDelay.READS_BETWEEN_LOOKS, 200 * MILLI);
        assertThat(delay.nanos()).isGreaterThan(200 * MILLI);
        record(10 * SpeculativeDelay.READS_BETWEEN_LOOKS, 5 * MILLI);
        assertThat(delay.nanos()).isBetween(5 * MILLI, 7 * MILLI);
    }

    @Test
    void itStaysWithinItsBounds() {
        record(SpeculativeDelay.READS_BETWEEN_LOOKS, 1);
        assertThat(delay.nanos()).isEqualTo(SpeculativeDelay.NANOS_MIN);
        record(20 * SpeculativeDelay.READS_BETWEEN_LOOKS, Long.MAX_VALUE);
        assertThat(delay.nanos()).isEqualTo(SpeculativeDelay.NANOS_MAX);
    }

    @Test
    void aFixedOneIsNotChangedByReads() {
        SpeculativeDelay fixed = SpeculativeDelay.fixed(7);
        for (int i = 0; i < 10 * SpeculativeDelay.READS_BETWEEN_LOOKS; i++) {
            fixed.record(MILLI);
        }
        assertThat(fixed.nanos()).isEqualTo(7);
    }
}
