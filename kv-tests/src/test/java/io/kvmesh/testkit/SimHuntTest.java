package io.kvmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SimHuntTest {
    private final SimHunt hunt = SimHunt.of(SimCluster.of(1), 5, 10);

    @Test
    void theFirstSeedThatFailsIsTold() {
        assertThat(hunt.firstFailure(
                        cluster -> assertThat(cluster.loop().seed()).isLessThan(9)))
                .get()
                .satisfies(failure -> assertThat(failure)
                        .hasCauseInstanceOf(AssertionError.class)
                        .hasMessageContaining("seed 9, virtual time"));
    }

    @Test
    void nothingIsFoundWhereNothingFails() {
        assertThat(hunt.firstFailure(
                        cluster -> cluster.run("ok", SimThread::yieldNow).join(SimCluster.MEETING_LIMIT)))
                .isEmpty();
    }

    @Test
    void whatTheChecksAtTheEndFindIsFoundToo() {
        assertThat(hunt.firstFailure(cluster -> cluster.run("left", SimThread::yieldNow)))
                .get()
                .satisfies(failure -> assertThat(failure.summary()).contains("1 simulated threads are not over"));
    }

    @Test
    void aHuntWithoutSeedsIsRefused() {
        assertThatThrownBy(() -> SimHunt.of(SimCluster.of(1), 0, 0)).hasMessageContaining("0 seeds from 0");
        assertThatThrownBy(() -> SimHunt.of(SimCluster.of(1), Long.MAX_VALUE, 1))
                .hasMessageContaining("1 seeds from");
    }
}
