package io.kvmesh.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemtableBudgetTest {
    private static final long BUDGET = 1_000_000;

    private final MemtableBudget budget = new MemtableBudget(BUDGET);

    @Test
    void isPassedByMemtablesThatTakeWritesAlone() {
        budget.grew(BUDGET - 1);
        assertThat(budget.isPassed()).isFalse();
        budget.grew(1);
        assertThat(budget.isPassed()).isTrue();
        budget.setAside(BUDGET);
        assertThat(budget.isPassed()).isFalse();
        assertThat(budget.totalBytes()).isEqualTo(BUDGET);
        budget.flushed(BUDGET);
        assertThat(budget.totalBytes()).isZero();
    }

    @Test
    void isExhaustedByAllMemtables() {
        budget.grew(MemtableBudget.REFUSED_FACTOR * BUDGET - 1);
        budget.setAside(BUDGET);
        assertThat(budget.isExhausted()).isFalse();
        budget.grew(1);
        assertThat(budget.isExhausted()).isTrue();
        budget.flushed(1);
        assertThat(budget.isExhausted()).isFalse();
    }

    @Test
    void slowsWritersDownInSmallSteps() {
        budget.grew(MemtableBudget.SLOWED_FACTOR * BUDGET);
        assertThat(budget.delayNanos(1 << 20)).isZero();
        long before = 0;
        int steps = 0;
        while (!budget.isExhausted()) {
            budget.grew(1_000);
            long delay = budget.delayNanos(1 << 20);
            assertThat(delay).isGreaterThanOrEqualTo(before);
            if (before > 0 && delay > before) {
                assertThat(delay).isEqualTo(2 * before);
                steps++;
            }
            before = Math.max(before, delay);
            if (steps == 0) {
                assertThat(delay).as("a MiB at first").isEqualTo(1_000_000_000L / 64);
            }
        }
        assertThat(steps).isEqualTo(8);
        assertThat(before).as("a MiB at last").isEqualTo(4_000_000_000L);
        budget.grew(100 * BUDGET);
        assertThat(budget.delayNanos(1 << 20)).isEqualTo(before);
    }

    @Test
    void aSmallOneHasRoomForAFewLargeRecords() {
        MemtableBudget small = new MemtableBudget(1_024);
        small.grew(1_024);
        assertThat(small.isPassed()).isTrue();
        small.grew(MemtableBudget.SLOWED_FACTOR * MemtableBudget.BUDGET_BYTES_MIN - 1_024);
        assertThat(small.delayNanos(1)).isZero();
        assertThat(small.isExhausted()).isFalse();
        small.grew(2 * MemtableBudget.BUDGET_BYTES_MIN);
        assertThat(small.isExhausted()).isTrue();
    }

    @Test
    void countsNothingTwice() {
        budget.grew(10);
        assertThatThrownBy(() -> budget.setAside(11)).hasMessageContaining("more bytes than were counted");
        budget.setAside(10);
        assertThatThrownBy(() -> budget.flushed(11)).hasMessageContaining("more bytes than were set aside");
    }
}
