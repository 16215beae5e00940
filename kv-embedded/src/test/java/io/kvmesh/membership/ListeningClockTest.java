package io.kvmesh.membership;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ListeningClockTest {
    private final ListeningClock clock = new ListeningClock(250, 1_000, 0);

    @Test
    void regularTicksTakeNothingOff() {
        for (long now = 250; now <= 10_000; now += 250) {
            clock.tick(now);
        }
        assertThat(clock.listeningNanos(10_100)).isEqualTo(10_100);
    }

    @Test
    void aTickThatIsALittleLateTakesNothingOff() {
        clock.tick(1_200);
        assertThat(clock.listeningNanos(1_300)).isEqualTo(1_300);
    }

    @Test
    void aPauseIsTakenOffOnce() {
        clock.tick(250);
        clock.tick(10_250);
        assertThat(clock.listeningNanos(10_300)).isEqualTo(10_300 - 9_750);
        clock.tick(10_500);
        assertThat(clock.listeningNanos(10_600)).isEqualTo(10_600 - 9_750);
    }

    /** A message that is handled before the late tick must not be stamped as if it came after the pause. */
    @Test
    void aPauseIsTakenOffBeforeTheLateTickToo() {
        clock.tick(250);
        long stamped = clock.listeningNanos(10_250);
        clock.tick(10_251);
        assertThat(stamped).isEqualTo(500);
        assertThat(clock.listeningNanos(10_251)).isEqualTo(501);
    }

    @Test
    void itNeverRunsBack() {
        clock.tick(250);
        assertThat(clock.listeningNanos(1_400)).as("late, but not a pause yet").isEqualTo(1_400);
        assertThat(clock.listeningNanos(1_600)).as("a pause since 250").isEqualTo(1_400);
        clock.tick(1_600);
        clock.tick(1_850);
        clock.tick(2_100);
        clock.tick(2_850);
        assertThat(clock.listeningNanos(2_900)).isEqualTo(2_900 - 1_100);
    }
}
