package io.kvmesh.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.runtime.RandomSource;
import org.junit.jupiter.api.Test;

class BackgroundRepairTest {
    private static final int READS = 100_000;

    @Test
    void readsAreChosenAboutAsOftenAsTheyShould() {
        BackgroundRepair repair = new BackgroundRepair(RandomSource.seeded(7));
        int chosen = 0;
        for (int i = 0; i < READS; i++) {
            chosen += repair.isNextChosen() ? 1 : 0;
        }
        int expected = READS / 1_000 * BackgroundRepair.CHOSEN_PER_MILLE;
        assertThat(chosen).isBetween(expected / 2, expected * 2);
    }
}
