package io.kvmesh.model;

import io.kvmesh.runtime.Clock;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving that the checker finds gives the stamps that some order of the same calls gives. Confined to the
 * checker's threads.
 */
@Param(name = "stamp", gen = IntGen.class, conf = "8:14")
@Tag("lincheck")
public class HybridClockLincheckTest {
    private final StandingClock wall = new StandingClock();
    private final HybridClock clock = new HybridClock(wall, 9);

    @Operation
    public long next() {
        return clock.next();
    }

    @Operation
    public void observe(@Param(name = "stamp") int stamp) {
        clock.observe(stamp);
    }

    @Operation
    public long latest() {
        return clock.latestGivenMicros();
    }

    @Test
    void isLinearizable() {
        new ModelCheckingOptions()
                .iterations(10)
                .invocationsPerIteration(100)
                .threads(2)
                .actorsPerThread(3)
                .check(HybridClockLincheckTest.class);
    }

    /** Wall time that stands still, so that stamps differ by the clock's own doing. */
    private static final class StandingClock implements Clock {
        @Override
        public long wallMicros() {
            return 10;
        }

        @Override
        public long monotonicNanos() {
            return 0;
        }
    }
}
