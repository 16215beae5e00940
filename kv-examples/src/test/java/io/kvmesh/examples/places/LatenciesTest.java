package io.kvmesh.examples.places;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatenciesTest {

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 1, 25, 50, 90, 99, 99.9, 100})
    void agreesWithSortingWithinThreePerCent(double percent) {
        SplittableRandom random = new SplittableRandom(42);
        long[] times = random.longs(10_000, 0, 3_000_000_000L)
                .map(time -> time >>> random.nextInt(20))
                .toArray();
        Latencies latencies = new Latencies();
        Arrays.stream(times).forEach(latencies::add);
        Arrays.sort(times);

        long exact = times[(int) Math.ceil(times.length * percent / 100) - 1];
        assertThat(latencies.percentileNanos(percent)).isGreaterThanOrEqualTo(exact);
        assertThat((double) latencies.percentileNanos(percent)).isCloseTo((double) exact, within(exact * 0.032 + 1));
    }

    @Test
    void keepsTheExactMaximum() {
        Latencies latencies = new Latencies();
        latencies.add(1_234_567_891);
        latencies.add(3);

        assertThat(latencies.maxNanos()).isEqualTo(1_234_567_891);
        assertThat(latencies.percentileNanos(100)).isEqualTo(1_234_567_891);
        assertThat(latencies.percentileNanos(50)).isEqualTo(3);
    }

    @Test
    void takesTheWholeRangeOfTimes() {
        Latencies latencies = new Latencies();
        latencies.add(0);
        latencies.add(-5);
        latencies.add(Long.MAX_VALUE);

        assertThat(latencies.count()).isEqualTo(3);
        assertThat(latencies.percentileNanos(50)).isZero();
        assertThat(latencies.percentileNanos(100)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void isZeroWithoutCalls() {
        assertThat(new Latencies().percentileNanos(99)).isZero();
    }

    @Test
    void addsUpAndTravelsAsText() {
        Latencies some = new Latencies();
        some.add(100);
        Latencies others = new Latencies();
        others.add(900_000);
        others.add(100);
        some.addAll(others);

        Latencies parsed = Latencies.parse(some.format());

        assertThat(parsed.count()).isEqualTo(3);
        assertThat(parsed.maxNanos()).isEqualTo(900_000);
        assertThat(parsed.format()).isEqualTo(some.format());
        assertThat(Latencies.parse(new Latencies().format()).count()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "5,7", "5,7:x", "5,99999:1"})
    void refusesMalformedText(String text) {
        assertThatThrownBy(() -> Latencies.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, 100.1, Double.NaN})
    void refusesPercentsThatAreNone(double percent) {
        assertThatThrownBy(() -> new Latencies().percentileNanos(percent))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("percent " + percent);
    }
}
