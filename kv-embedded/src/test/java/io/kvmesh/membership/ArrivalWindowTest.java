package io.kvmesh.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kvmesh.runtime.RandomSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArrivalWindowTest {
    private static final long SECOND = 1_000_000_000L;

    /** Mean 1 s and deviation 0.25 s are the first estimate; 2.25 s more are tolerated. */
    @ParameterizedTest
    @CsvSource({
        "0.0, 0.00",
        "1.0, 0.00",
        "3.0, 0.08",
        "3.25, 0.30",
        "3.5, 0.80",
        "3.75, 1.64",
        "4.0, 2.91",
        "4.25, 4.74",
        "4.5, 7.30",
        "4.75, 10.78",
        "60.0, Infinity"
    })
    void phiGrowsWithTheSilence(double silenceSeconds, double phi) {
        ArrivalWindow window = new ArrivalWindow(SECOND, 0);

        assertThat(window.phi((long) (silenceSeconds * SECOND))).isCloseTo(phi, within(0.01));
    }

    @Test
    void phiNeverFallsWhileTheSilenceLasts() {
        ArrivalWindow window = new ArrivalWindow(SECOND, 0);
        double before = -1;
        for (long now = 0; now < 20 * SECOND; now += SECOND / 100) {
            double phi = window.phi(now);
            assertThat(phi).isGreaterThanOrEqualTo(before);
            before = phi;
        }
    }

    /** Whatever the heartbeats were like, threshold 8 is passed between 4.5 and 5.6 intervals, and not in three. */
    @Test
    void everyRhythmLeadsToASuspicionWithinTheBounds() {
        RandomSource random = RandomSource.seeded(3);
        for (int rhythm = 0; rhythm < 200; rhythm++) {
            ArrivalWindow window = new ArrivalWindow(SECOND, 0);
            double mean = 0.05 + 3 * random.nextDouble();
            double spread = random.nextDouble();
            long now = 0;
            for (int beat = 0; beat < 100; beat++) {
                now += (long) (SECOND * mean * (1 - spread + 2 * spread * random.nextDouble()));
                window.heard(now);
            }
            assertThat(window.phi(now + 4 * SECOND + SECOND / 2)).isLessThan(8);
            assertThat(window.phi(now + 5 * SECOND + 6 * SECOND / 10)).isGreaterThan(8);
            assertThat(window.isDoubtful(now + 13 * SECOND / 10)).isFalse();
            assertThat(window.isDoubtful(now + 18 * SECOND / 10)).isTrue();
        }
    }

    @Test
    void unevenHeartbeatsMakeItMorePatient() {
        ArrivalWindow even = new ArrivalWindow(SECOND, 0);
        ArrivalWindow uneven = new ArrivalWindow(SECOND, 0);
        for (int i = 1; i <= 100; i++) {
            even.heard(i * SECOND);
            uneven.heard(i * SECOND + (i % 2) * SECOND / 2);
        }
        assertThat(uneven.deviation()).isGreaterThan(even.deviation());
        long now = 100 * SECOND + 5 * SECOND;
        assertThat(uneven.phi(now)).isLessThan(even.phi(now));
    }

    @Test
    void onlyTheLatestIntervalsCount() {
        ArrivalWindow window = new ArrivalWindow(SECOND, 0);
        long now = 0;
        for (int i = 0; i < 1000; i++) {
            now += (long) (SECOND * (i % 2 == 0 ? 0.2 : 2.2));
            window.heard(now);
        }
        assertThat(window.deviation()).isEqualTo(ArrivalWindow.DEVIATION_MAX);
        for (int i = 0; i < ArrivalWindow.INTERVALS_MAX; i++) {
            now += SECOND;
            window.heard(now);
        }
        assertThat(window.deviation()).isEqualTo(ArrivalWindow.DEVIATION_MIN);
        assertThat(window.mean()).isCloseTo(1.0, within(1e-6));
    }

    @Test
    void anAbsenceSaysNothingAboutTheRhythm() {
        ArrivalWindow window = new ArrivalWindow(SECOND, 0);
        for (int i = 1; i <= 10; i++) {
            window.heard(i * SECOND);
        }
        double deviation = window.deviation();

        window.heard(500 * SECOND);

        assertThat(window.deviation()).isEqualTo(deviation);
        assertThat(window.silence(501 * SECOND)).isEqualTo(1.0);
    }
}
