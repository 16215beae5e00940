package io.kvmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SimClockTest {
    private static final long EPOCH_MICROS = SimClock.EPOCH.toEpochMilli() * 1_000;

    private final SimCluster cluster = SimCluster.of(3).seed(5);
    private final SimClock clock = cluster.member(0).clock();

    @Test
    void wallAndMonotonicTimeFollowTheVirtualTime() {
        long monotonicStart = clock.monotonicNanos();
        assertThat(clock.wallMicros()).isEqualTo(EPOCH_MICROS);
        cluster.runFor(Duration.ofHours(2));
        assertThat(clock.wallMicros() - EPOCH_MICROS).isEqualTo(7_200_000_000L);
        assertThat(clock.monotonicNanos() - monotonicStart).isEqualTo(7_200_000_000_000L);
    }

    @Test
    void monotonicTimesOfMembersHaveNothingInCommon() {
        assertThat(cluster.members().stream().map(member -> member.clock().monotonicNanos()))
                .doesNotHaveDuplicates();
    }

    @Test
    void theWallTimeJumpsToAnOffset() {
        clock.setOffset(Duration.ofHours(-1));
        assertThat(clock.wallMicros() - EPOCH_MICROS).isEqualTo(-3_600_000_000L);
        assertThat(cluster.member(1).clock().wallMicros()).isEqualTo(EPOCH_MICROS);
        clock.setOffset(Duration.ZERO);
        assertThat(clock.wallMicros()).isEqualTo(EPOCH_MICROS);
    }

    @Test
    void theWallTimeJumpsFromWhereItIs() {
        clock.setDrift(500);
        cluster.runFor(Duration.ofSeconds(1_000));
        clock.jump(Duration.ofSeconds(2));
        assertThat(clock.offset()).isEqualTo(Duration.ofMillis(2_500));
        clock.jump(Duration.ofSeconds(-5));
        assertThat(clock.offset()).isEqualTo(Duration.ofMillis(-2_500));
        cluster.runFor(Duration.ofSeconds(1_000));
        assertThat(clock.offset()).as("the drift goes on").isEqualTo(Duration.ofSeconds(-2));
    }

    @Test
    void theWallTimeDriftsFromNowOnWithoutAJump() {
        cluster.runFor(Duration.ofSeconds(1_000));
        clock.setDrift(500);
        assertThat(clock.offset()).isEqualTo(Duration.ZERO);
        cluster.runFor(Duration.ofSeconds(1_000));
        assertThat(clock.offset()).isEqualTo(Duration.ofMillis(500));
        clock.setDrift(-100);
        assertThat(clock.offset()).isEqualTo(Duration.ofMillis(500));
        cluster.runFor(Duration.ofSeconds(1_000));
        assertThat(clock.offset()).isEqualTo(Duration.ofMillis(400));
    }

    @Test
    void deadlinesAreTranslatedIntoTheTimeOfTheLoop() {
        cluster.runFor(Duration.ofSeconds(1));
        assertThat(clock.toLoopNanos(clock.monotonicNanos())).isEqualTo(1_000_000_000L);
        assertThat(clock.toLoopNanos(clock.monotonicNanos() - 5)).isEqualTo(999_999_995L);
        SimClock negative = new SimClock(cluster.loop(), -1_000);
        assertThat(negative.toLoopNanos(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    }
}
