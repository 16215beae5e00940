package io.kvmesh.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.runtime.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;

class HybridClockTest {
    private final SetClock wall = new SetClock();

    @Test
    void followsTheWallClock() {
        HybridClock clock = new HybridClock(wall, 0);
        wall.micros = 1_000;
        assertThat(clock.next()).isEqualTo(1_000);
        wall.micros = 5_000;
        assertThat(clock.next()).isEqualTo(5_000);
    }

    @Test
    void neverRepeatsAndNeverRunsBack() {
        HybridClock clock = new HybridClock(wall, 0);
        wall.micros = 1_000;
        List<Long> stamps = new ArrayList<>(List.of(clock.next(), clock.next()));
        wall.micros = 10;
        stamps.add(clock.next());
        wall.micros = 1_002;
        stamps.add(clock.next());
        assertThat(stamps).containsExactly(1_000L, 1_001L, 1_002L, 1_003L);
    }

    @Test
    void startsAboveItsFloor() {
        HybridClock clock = new HybridClock(wall, 7_000);
        wall.micros = 1_000;
        assertThat(clock.next()).isEqualTo(7_001);
    }

    @Test
    void everyStampIsGreaterThanWhatWasObserved() {
        HybridClock clock = new HybridClock(wall, 0);
        wall.micros = 1_000;
        clock.observe(9_000);
        assertThat(clock.next()).isEqualTo(9_001);
        clock.observe(5_000);
        assertThat(clock.next()).isEqualTo(9_002);
        wall.micros = 20_000;
        assertThat(clock.next()).isEqualTo(20_000);
    }

    @Test
    void tellsHowFarAStampIsAhead() {
        HybridClock clock = new HybridClock(wall, 0);
        wall.micros = 1_000;
        assertThat(clock.aheadMicros(3_500)).isEqualTo(2_500);
        assertThat(clock.aheadMicros(400)).isEqualTo(-600);
    }

    @Test
    void threadsNeverGetTheSameStamp() throws InterruptedException {
        HybridClock clock = new HybridClock(wall, 0);
        Set<Long> stamps = new ConcurrentSkipListSet<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                for (int draw = 0; draw < 5_000; draw++) {
                    stamps.add(clock.next());
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(stamps).hasSize(20_000);
    }

    private static final class SetClock implements Clock {
        private volatile long micros;

        @Override
        public long wallMicros() {
            return micros;
        }

        @Override
        public long monotonicNanos() {
            return 0;
        }
    }
}
