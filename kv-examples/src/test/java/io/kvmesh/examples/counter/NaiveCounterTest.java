package io.kvmesh.examples.counter;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.testkit.SimulationFailure;
import org.junit.jupiter.api.Test;

/** The test kit finds the bug, which a test with one thread, or with luck, does not. */
class NaiveCounterTest {
    private static final int SEEDS = 20;

    @Test
    void fewSeedsAreEnoughToFindTheLostUpdate() {
        SimulationFailure found = NaiveStory.hunt(SEEDS).orElseThrow();
        CounterHunt.print(found);
        assertThat(found.summary()).contains("lost update: two visits have the number ");
        assertThat(found).hasMessageContaining("seed ").hasMessageContaining("counted visit number");
    }

    @Test
    void theSameSeedFindsTheSameAgain() {
        assertThat(NaiveStory.hunt(SEEDS).orElseThrow())
                .hasMessage(NaiveStory.hunt(SEEDS).orElseThrow().getMessage());
    }
}
