package io.kvmesh.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import org.junit.jupiter.api.Test;

class WriteThrottleTest {
    private static final long MILLI = 1_000_000L;

    private final VirtualTime time = new VirtualTime();
    private final List<String> acknowledged = new ArrayList<>();
    /** For one byte. */
    private long flushPressureNanos;

    private long compactionPressureNanos;
    private final WriteThrottle throttle = new WriteThrottle(
            time, time, List.of(bytes -> bytes * flushPressureNanos, bytes -> bytes * compactionPressureNanos));

    private void write(String name, long bytes) {
        throttle.pass(bytes, () -> acknowledged.add(name + "@" + time.monotonicNanos() / MILLI));
    }

    @Test
    void nobodyWaitsWithoutPressure() {
        write("a", 1_000_000);
        assertThat(acknowledged).containsExactly("a@0");
        assertThat(throttle.stalledWrites()).isZero();
        assertThat(time.isIdle()).isTrue();
    }

    @Test
    void allWritersShareOneLine() {
        flushPressureNanos = MILLI;
        write("a", 10);
        write("b", 5);
        write("c", 1);
        assertThat(acknowledged).isEmpty();
        time.advance(30 * MILLI);
        assertThat(acknowledged).containsExactly("a@10", "b@15", "c@16");
        assertThat(throttle.stalledWrites()).isEqualTo(3);
        assertThat(throttle.stallNanos()).isEqualTo(41 * MILLI);
        assertThat(time.isIdle()).isTrue();
    }

    @Test
    void aTimerIsNotWorthAShortWaitButTheLineRemembersIt() {
        flushPressureNanos = WriteThrottle.GRACE_NANOS / 4;
        for (int i = 0; i < 4; i++) {
            write("early", 1);
        }
        assertThat(acknowledged).hasSize(4);
        write("late", 1);
        assertThat(acknowledged).hasSize(4);
        time.advance(2 * MILLI);
        assertThat(acknowledged).hasSize(5);
        assertThat(throttle.stalledWrites()).isEqualTo(1);
    }

    @Test
    void theGreatestPressureCounts() {
        flushPressureNanos = 2 * MILLI;
        compactionPressureNanos = 3 * MILLI;
        write("a", 1);
        time.advance(2 * MILLI);
        assertThat(acknowledged).isEmpty();
        time.advance(MILLI);
        assertThat(acknowledged).containsExactly("a@3");
    }

    @Test
    void nobodyWaitsOnWhenThePressureIsGone() {
        flushPressureNanos = MILLI;
        for (int i = 0; i < 100; i++) {
            write("w", 4);
        }
        flushPressureNanos = 0;
        time.advance(4 * MILLI);
        assertThat(acknowledged).hasSize(100);
        assertThat(throttle.isFull()).isFalse();
        flushPressureNanos = MILLI;
        write("next", 2);
        time.advance(2 * MILLI);
        assertThat(acknowledged).contains("next@6");
    }

    @Test
    void aLongLineRefusesFurtherWritesUntilItIsShorter() {
        flushPressureNanos = MILLI;
        long placesMax = WriteThrottle.STALL_NANOS_MAX / (10 * MILLI);
        for (int i = 1; i < placesMax; i++) {
            write("w", 10);
            assertThat(throttle.isFull()).isFalse();
        }
        write("last", 10);
        assertThat(throttle.isFull()).isTrue();
        time.advance(10 * MILLI);
        assertThat(throttle.isFull()).isFalse();
        time.advance(WriteThrottle.STALL_NANOS_MAX);
        assertThat(acknowledged).hasSize((int) placesMax);
    }

    @Test
    void tooManyWaitingWritesRefuseFurtherOnes() {
        flushPressureNanos = 2 * MILLI;
        write("first", 1);
        flushPressureNanos = 1;
        for (int i = 1; i < WriteThrottle.STALLED_WRITES_MAX; i++) {
            assertThat(throttle.isFull()).isFalse();
            write("w", 1);
        }
        assertThat(throttle.isFull()).isTrue();
        time.advance(10 * MILLI);
        assertThat(throttle.isFull()).isFalse();
        assertThat(acknowledged).hasSize(WriteThrottle.STALLED_WRITES_MAX);
    }

    @Test
    void aHugeWriteWaitsNoLongerThanTheBound() {
        flushPressureNanos = MILLI;
        write("huge", 1_000_000);
        assertThat(throttle.isFull()).isTrue();
        time.advance(WriteThrottle.STALL_NANOS_MAX);
        assertThat(acknowledged).hasSize(1);
        assertThat(throttle.isFull()).isFalse();
        write("next", 1);
        time.advance(WriteThrottle.STALL_NANOS_MAX);
        assertThat(acknowledged).as("the line does not stay that long").hasSize(2);
    }

    @Test
    void closingLeavesNobodyWaiting() {
        flushPressureNanos = MILLI;
        write("a", 10);
        write("b", 10);
        throttle.close();
        assertThat(acknowledged).containsExactly("a@0", "b@0");
        write("late", 10);
        assertThat(acknowledged).contains("late@0");
        time.advance(100 * MILLI);
        assertThat(acknowledged).hasSize(3);
    }

    @Test
    void anAcknowledgementThatThrowsHindersNoOther() {
        flushPressureNanos = MILLI;
        throttle.pass(10, () -> {
            throw new IllegalStateException("of the first");
        });
        write("b", 10);
        assertThatThrownBy(throttle::close).hasMessage("of the first");
        assertThat(acknowledged).containsExactly("b@0");
    }

    /** A clock, and tasks that run when it comes to their time. Used by one thread. */
    private static final class VirtualTime implements Clock, Scheduler {
        private record Task(long atNanos, Runnable body) {}

        private final PriorityQueue<Task> tasks =
                new PriorityQueue<>((first, second) -> Long.compare(first.atNanos, second.atNanos));
        private long nowNanos;

        void advance(long nanos) {
            long end = nowNanos + nanos;
            for (Task next = tasks.peek(); next != null && next.atNanos <= end; next = tasks.peek()) {
                tasks.remove();
                nowNanos = next.atNanos;
                next.body.run();
            }
            nowNanos = end;
        }

        boolean isIdle() {
            return tasks.isEmpty();
        }

        @Override
        public long wallMicros() {
            return nowNanos / 1_000;
        }

        @Override
        public long monotonicNanos() {
            return nowNanos;
        }

        @Override
        public boolean offer(Lane lane, Runnable task) {
            throw new UnsupportedOperationException("only delayed tasks are expected");
        }

        @Override
        public Cancellable schedule(Lane lane, long delayNanos, Runnable task) {
            assertThat(lane).isEqualTo(Lane.LOG);
            Task planned = new Task(nowNanos + delayNanos, task);
            tasks.add(planned);
            return () -> tasks.remove(planned);
        }

        @Override
        public void close() {
            tasks.clear();
        }
    }
}
