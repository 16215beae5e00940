package io.kvmesh.hint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ThrottleTest {
    private static final long BYTES_PER_SECOND = 1_000_000;

    private final LaneTasks time = new LaneTasks();
    private final Throttle throttle = new Throttle(time, BYTES_PER_SECOND);

    @Test
    void overASecondAsManyBytesAreSentAsAreAllowed() {
        long bytes = 0;
        long endNanos = time.monotonicNanos() + TimeUnit.SECONDS.toNanos(1);
        while (time.monotonicNanos() < endNanos) {
            if (throttle.waitNanos() == 0) {
                throttle.sent(700);
                bytes += 700;
            } else {
                // Timers are late.
                time.advance(throttle.waitNanos() + 1_000_000);
            }
        }
        long madeUp = TimeUnit.NANOSECONDS.toMicros(Throttle.MADE_UP_NANOS_MAX);
        assertThat(bytes).isBetween(BYTES_PER_SECOND - 5_000, BYTES_PER_SECOND + madeUp + 700);
    }

    @Test
    void aLongSilenceIsNotMadeUpFor() {
        throttle.sent(1);
        time.advance(TimeUnit.HOURS.toNanos(1));
        long bytes = 0;
        while (throttle.waitNanos() == 0) {
            throttle.sent(100);
            bytes += 100;
        }
        assertThat(bytes).isLessThanOrEqualTo(10_000 + 100);
    }

    @Test
    void whatIsLargerThanASecondsShareIsSentAndPaidForAfterwards() {
        assertThat(throttle.waitNanos()).isZero();
        throttle.sent(3 * BYTES_PER_SECOND);
        assertThat(throttle.waitNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(3) - Throttle.MADE_UP_NANOS_MAX);
    }
}
