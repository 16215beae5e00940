package io.kvmesh.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.runtime.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HybridClockTest {
    private static final long HOUR_MICROS = 3_600_000_000L;

    private final SetClock wall = new SetClock();

    @Test
    void followsTheWallClock() {
        HybridClock clock = new HybridClock(wall, 0);
        wall.micros.set(1_000);
        assertThat(clock.next()).isEqualTo(1_000);
        wall.micros.set(5_000);
        assertThat(clock.next()).isEqualTo(5_000);
    }

    @Test
    void neverRepeatsAndNeverRunsBack() {
        HybridClock clock = new HybridClock(wall, 0);
        wall.micros.set(1_000);
        List<Long> stamps = new ArrayList<>(List.of(clock.next(), clock.next()));
        wall.micros.set(10);
        stamps.add(clock.next());
        wall.micros.set(1_002);
        stamps.add(clock.next());
        assertThat(stamps).containsExactly(1_000L, 1_001L, 1_002L, 1_003L);
    }

    @Test
    void startsAboveItsFloor() {
        HybridClock clock = new HybridClock(wall, 7_000);
        wall.micros.set(1_000);
        assertThat(clock.next()).isEqualTo(7_001);
    }

    @Test
    void everyStampIsGreaterThanWhatWasObserved() {
        HybridClock clock = new HybridClock(wall, 0);
        wall.micros.set(1_000);
        clock.observe(9_000);
        assertThat(clock.next()).isEqualTo(9_001);
        clock.observe(5_000);
        assertThat(clock.next()).isEqualTo(9_002);
        wall.micros.set(20_000);
        assertThat(clock.next()).isEqualTo(20_000);
    }

    @Test
    void tellsHowFarAStampIsAhead() {
        HybridClock clock = new HybridClock(wall, 0);
        wall.micros.set(1_000);
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

    @Test
    void isTrustedFromTheFirstAcceptedStampUntilTheWallClockJumps() {
        HybridClock clock = new HybridClock(wall, 0);
        assertThat(clock.isTrusted(clock.offsetMicros())).isFalse();
        clock.accepted(clock.offsetMicros());
        assertThat(clock.isTrusted(clock.offsetMicros())).isTrue();
        pass(HOUR_MICROS);
        assertThat(clock.isTrusted(clock.offsetMicros()))
                .as("both clocks go on")
                .isTrue();
        wall.micros.addAndGet(HybridClock.STRAY_MICROS_MAX);
        assertThat(clock.isTrusted(clock.offsetMicros())).as("a small step").isTrue();
        wall.micros.addAndGet(1);
        assertThat(clock.isTrusted(clock.offsetMicros())).as("a jump").isFalse();
        wall.micros.addAndGet(-2 * HybridClock.STRAY_MICROS_MAX);
        assertThat(clock.isTrusted(clock.offsetMicros())).as("back again").isTrue();
    }

    @Test
    void aWallClockThatStraysSlowlyStaysTrustedWhileStampsAreAccepted() {
        HybridClock clock = new HybridClock(wall, 0);
        for (int i = 0; i < 100; i++) {
            clock.accepted(clock.offsetMicros());
            wall.micros.addAndGet(HybridClock.STRAY_MICROS_MAX / 2);
            assertThat(clock.isTrusted(clock.offsetMicros())).isTrue();
        }
    }

    @Test
    void stampsOfAClockThatJumpedAheadAreTakenBackWhenTheyAreRefused() {
        HybridClock clock = new HybridClock(wall, 0);
        wall.micros.set(1_000_000);
        clock.accepted(clock.offsetMicros());
        long before = clock.next();
        wall.micros.addAndGet(HOUR_MICROS);
        assertThat(clock.next()).isEqualTo(1_000_000 + HOUR_MICROS);
        wall.micros.addAndGet(-HOUR_MICROS);
        clock.refused();
        pass(5_000);
        assertThat(clock.next()).isGreaterThan(before).isEqualTo(1_005_000);
    }

    @Test
    void noStampIsGivenTwiceHoweverOftenTheyAreRefused() {
        HybridClock clock = new HybridClock(wall, 0);
        wall.micros.set(1_000_000);
        clock.accepted(clock.offsetMicros());
        Set<Long> stamps = new HashSet<>();
        assertThat(stamps.add(clock.next())).isTrue();
        wall.micros.addAndGet(-HOUR_MICROS);
        for (int i = 0; i < 10; i++) {
            assertThat(stamps.add(clock.next())).isTrue();
            assertThat(stamps.add(clock.next())).isTrue();
            clock.refused();
        }
    }

    @Test
    void aStampOfBeforeAJumpSaysNothingAboutTheClockAfterIt() {
        HybridClock clock = new HybridClock(wall, 0);
        long offsetMicros = clock.offsetMicros();
        clock.next();
        wall.micros.addAndGet(HOUR_MICROS);
        clock.accepted(offsetMicros);
        assertThat(clock.isTrusted(clock.offsetMicros())).isFalse();
        assertThat(clock.isTrusted(offsetMicros)).isTrue();
    }

    @Test
    void theLatestStampIsRememberedWhenItIsTakenBack() {
        HybridClock clock = new HybridClock(wall, 5);
        assertThat(clock.latestGivenMicros()).isEqualTo(5);
        wall.micros.set(HOUR_MICROS);
        long given = clock.next();
        wall.micros.set(10);
        clock.refused();
        assertThat(clock.next()).isLessThan(given);
        assertThat(clock.latestGivenMicros()).isEqualTo(given);
    }

    @Test
    void whatWasObservedIsNotTakenBack() {
        HybridClock clock = new HybridClock(wall, 0);
        wall.micros.set(1_000);
        clock.observe(900_000);
        clock.refused();
        assertThat(clock.next()).isGreaterThan(900_000);
    }

    @Test
    void aFloorFurtherAheadThanOthersAcceptIsLeftOut() {
        wall.micros.set(1_000);
        HybridClock clock = new HybridClock(wall, HOUR_MICROS);
        assertThat(clock.isTooFarAhead(clock.next() - 1)).isFalse();
    }

    private void pass(long micros) {
        wall.micros.addAndGet(micros);
        wall.monotonicMicros.addAndGet(micros);
    }

    private static final class SetClock implements Clock {
        private final AtomicLong micros = new AtomicLong();
        private final AtomicLong monotonicMicros = new AtomicLong();

        @Override
        public long wallMicros() {
            return micros.get();
        }

        @Override
        public long monotonicNanos() {
            return monotonicMicros.get() * 1_000;
        }
    }
}
