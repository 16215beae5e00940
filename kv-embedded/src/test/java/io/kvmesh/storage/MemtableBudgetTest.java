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
    void countsNothingTwice() {
        budget.grew(10);
        assertThatThrownBy(() -> budget.setAside(11)).hasMessageContaining("more bytes than were counted");
        budget.setAside(10);
        assertThatThrownBy(() -> budget.flushed(11)).hasMessageContaining("more bytes than were set aside");
    }
}
