package io.kvmesh.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

@Timeout(30)
class ThreadSchedulerTest {
    private static final long LONG_DELAY_NANOS = TimeUnit.HOURS.toNanos(1);

    private final ThreadScheduler scheduler = new ThreadScheduler("a1", TimeUnit.SECONDS.toNanos(2));
    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void close() {
        gate.countDown();
        scheduler.close();
    }

    @Test
    void hasNoThreadUntilALaneIsUsed() {
        assertThat(scheduler.threads()).isEmpty();
        scheduler.close();
        assertThat(scheduler.threads()).isEmpty();
    }

    @Test
    void startsOnlyTheThreadOfTheLaneThatIsUsed() {
        scheduler.offer(Lane.CONTROL, () -> {});
        assertThat(scheduler.threads()).extracting(Thread::getName).containsExactly("kvmesh-a1-control");
        assertThat(scheduler.threads()).allMatch(Thread::isDaemon);
    }

    @Test
    void startsTheTimerWithTheFirstDelayedTask() {
        scheduler.schedule(Lane.FLUSH, LONG_DELAY_NANOS, () -> {});
        assertThat(scheduler.threads()).extracting(Thread::getName).containsExactly("kvmesh-a1-timer");
    }

    @Test
    void runsTheTasksOfALaneInTheirOrder() {
        List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
        IntStream.range(0, 1_000)
                .forEach(i -> assertThat(scheduler.offer(Lane.CONTROL, () -> ran.add(i)))
                        .isTrue());
        await().until(() -> ran.size() == 1_000);
        assertThat(ran).isSorted();
    }

    @ParameterizedTest
    @EnumSource(Lane.class)
    void runsAsManyTasksAtOnceAsTheLaneHasThreads(Lane lane) {
        AtomicInteger running = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            scheduler.offer(lane, () -> {
                running.incrementAndGet();
                awaitGate();
            });
        }
        await().until(() -> running.get() == threads(lane));
        assertThat(scheduler.threads()).hasSize(threads(lane));
        gate.countDown();
        await().until(() -> running.get() == 5);
    }

    @Test
    void aSecondThreadIsStartedOnlyWhenTheFirstIsBusy() {
        AtomicInteger ran = new AtomicInteger();
        for (int i = 1; i <= 50; i++) {
            int expected = i;
            scheduler.offer(Lane.READ, ran::incrementAndGet);
            await().pollInterval(Duration.ofMillis(1)).until(() -> ran.get() == expected && isParked());
        }
        assertThat(scheduler.threads()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(Lane.class)
    void refusesATaskWhenTheLaneIsFull(Lane lane) {
        AtomicInteger ran = new AtomicInteger();
        blockAllThreads(lane);
        for (int i = 0; i < LaneLimits.tasksMax(lane); i++) {
            assertThat(scheduler.offer(lane, ran::incrementAndGet)).isTrue();
        }
        assertThat(scheduler.offer(lane, () -> ran.addAndGet(1_000_000))).isFalse();
        gate.countDown();
        await().until(() -> ran.get() == LaneLimits.tasksMax(lane));
        assertThat(scheduler.offer(lane, ran::incrementAndGet)).isTrue();
    }

    @Test
    void aFullLaneDoesNotHinderTheOthers() {
        blockAllThreads(Lane.FLUSH);
        AtomicInteger ran = new AtomicInteger();
        scheduler.offer(Lane.CONTROL, ran::incrementAndGet);
        await().until(() -> ran.get() == 1);
    }

    @Test
    void aTaskThatThrowsIsLoggedAndTheLaneGoesOn() {
        Logger logger = (Logger) LoggerFactory.getLogger(LaneWorkers.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        logger.setAdditive(false);
        try {
            AtomicInteger ran = new AtomicInteger();
            scheduler.offer(Lane.LOG, () -> {
                throw new IllegalStateException("on purpose");
            });
            scheduler.offer(Lane.LOG, () -> {
                throw new StackOverflowError("on purpose");
            });
            scheduler.offer(Lane.LOG, ran::incrementAndGet);
            await().until(() -> ran.get() == 1);
        } finally {
            logger.detachAppender(lines);
            logger.setAdditive(true);
        }
        assertThat(lines.list).hasSize(2).allMatch(line -> line.getLevel() == Level.ERROR);
        assertThat(lines.list.get(0).getFormattedMessage()).contains("kvmesh-a1-log");
    }

    @Test
    void anInterruptOfOneTaskDoesNotReachTheNext() {
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        scheduler.offer(Lane.CONTROL, () -> Thread.currentThread().interrupt());
        scheduler.offer(
                Lane.CONTROL, () -> interrupted.set(Thread.currentThread().isInterrupted()));
        await().until(() -> interrupted.get() != null);
        assertThat(interrupted.get()).isFalse();
    }

    @Test
    void runsADelayedTaskOnItsLaneAndNotBeforeItsTime() {
        AtomicReference<String> thread = new AtomicReference<>();
        long startNanos = System.nanoTime();
        AtomicLong ranNanos = new AtomicLong();
        scheduler.schedule(Lane.FLUSH, TimeUnit.MILLISECONDS.toNanos(20), () -> {
            ranNanos.set(System.nanoTime());
            thread.set(Thread.currentThread().getName());
        });
        await().until(() -> thread.get() != null);
        assertThat(thread.get()).isEqualTo("kvmesh-a1-flush");
        assertThat(ranNanos.get() - startNanos).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(20));
    }

    @Test
    void runsDelayedTasksInTheOrderOfTheirTimes() {
        List<String> ran = Collections.synchronizedList(new ArrayList<>());
        scheduler.schedule(Lane.CONTROL, TimeUnit.MILLISECONDS.toNanos(60), () -> ran.add("late"));
        scheduler.schedule(Lane.CONTROL, TimeUnit.MILLISECONDS.toNanos(30), () -> ran.add("middle"));
        scheduler.schedule(Lane.CONTROL, 0, () -> ran.add("now"));
        scheduler.schedule(Lane.CONTROL, Long.MAX_VALUE, () -> ran.add("never"));
        await().until(() -> ran.size() == 3);
        assertThat(ran).containsExactly("now", "middle", "late");
    }

    @Test
    void aCancelledTaskNeverRunsAndIsFreed() {
        AtomicInteger ran = new AtomicInteger();
        Scheduler.Cancellable handle = scheduler.schedule(Lane.CONTROL, LONG_DELAY_NANOS, ran::incrementAndGet);
        assertThat(scheduler.delayedTasks()).isEqualTo(1);
        handle.cancel();
        handle.cancel();
        assertThat(scheduler.delayedTasks()).isZero();
        assertThat(ran).hasValue(0);
    }

    @Test
    void aTaskThatWaitsInItsLaneCanStillBeCancelled() {
        AtomicInteger ran = new AtomicInteger();
        blockAllThreads(Lane.CONTROL);
        Scheduler.Cancellable handle = scheduler.schedule(Lane.CONTROL, 0, ran::incrementAndGet);
        await().until(() -> scheduler.delayedTasks() == 0);
        handle.cancel();
        AtomicInteger after = new AtomicInteger();
        scheduler.offer(Lane.CONTROL, after::incrementAndGet);
        gate.countDown();
        await().until(() -> after.get() == 1);
        assertThat(ran).hasValue(0);
    }

    @Test
    void aDelayedTaskIsLateRatherThanLostWhenItsLaneIsFull() {
        Lane lane = Lane.FLUSH;
        blockAllThreads(lane);
        boolean taken = true;
        while (taken) {
            taken = scheduler.offer(lane, () -> {});
        }
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger other = new AtomicInteger();
        scheduler.schedule(lane, 0, ran::incrementAndGet);
        scheduler.schedule(Lane.CONTROL, TimeUnit.MILLISECONDS.toNanos(20), other::incrementAndGet);
        await().until(() -> other.get() == 1);
        assertThat(ran).as("the full lane must not hinder other delayed tasks").hasValue(0);
        gate.countDown();
        await().until(() -> ran.get() == 1);
    }

    @Test
    void refusesANegativeDelay() {
        assertThatThrownBy(() -> scheduler.schedule(Lane.READ, -1, () -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }

    @Test
    void startsNothingAfterClose() {
        AtomicInteger ran = new AtomicInteger();
        scheduler.schedule(Lane.CONTROL, TimeUnit.MILLISECONDS.toNanos(5), ran::incrementAndGet);
        scheduler.close();
        scheduler.close();
        assertThat(scheduler.offer(Lane.CONTROL, ran::incrementAndGet)).isFalse();
        scheduler.schedule(Lane.CONTROL, 0, ran::incrementAndGet).cancel();
        scheduler.schedule(Lane.CONTROL, 0, ran::incrementAndGet);
        assertThat(scheduler.delayedTasks()).isZero();
        assertThat(scheduler.threads()).isEmpty();
        assertThat(ran).hasValue(0);
    }

    @Test
    void closeWaitsForTheRunningTaskAndDropsTheWaitingOnes() throws InterruptedException {
        AtomicInteger ended = new AtomicInteger();
        AtomicInteger dropped = new AtomicInteger();
        CountDownLatch started = new CountDownLatch(1);
        scheduler.offer(Lane.FLUSH, () -> {
            started.countDown();
            awaitGate();
            ended.incrementAndGet();
        });
        scheduler.offer(Lane.FLUSH, dropped::incrementAndGet);
        started.await();
        Thread closer = new Thread(scheduler::close);
        closer.start();
        await().until(() -> !scheduler.offer(Lane.FLUSH, () -> {}));
        assertThat(closer.isAlive()).isTrue();
        gate.countDown();
        closer.join();
        assertThat(ended).hasValue(1);
        assertThat(dropped).hasValue(0);
    }

    @Test
    void closeGivesUpOnATaskThatDoesNotEnd() {
        ThreadScheduler impatient = new ThreadScheduler("b2", TimeUnit.MILLISECONDS.toNanos(50));
        impatient.offer(Lane.READ, this::awaitGate);
        await().until(() -> impatient.threads().size() == 1);
        impatient.close();
        assertThat(impatient.threads()).as("the stuck one").hasSize(1);
    }

    @Test
    void canBeClosedOnALaneThread() {
        AtomicInteger closed = new AtomicInteger();
        scheduler.offer(Lane.CONTROL, () -> {
            scheduler.close();
            closed.incrementAndGet();
        });
        await().atMost(Duration.ofSeconds(1)).until(() -> closed.get() == 1);
        await().until(() -> scheduler.threads().isEmpty());
    }

    @Test
    void twoLaneThreadsThatCloseDoNotWaitForEachOther() {
        AtomicInteger closed = new AtomicInteger();
        for (Lane lane : List.of(Lane.CONTROL, Lane.FLUSH)) {
            scheduler.offer(lane, () -> {
                awaitGate();
                scheduler.close();
                closed.incrementAndGet();
            });
        }
        await().until(() -> scheduler.threads().size() == 2);
        gate.countDown();
        await().atMost(Duration.ofMillis(1_500)).until(() -> closed.get() == 2);
    }

    @Test
    void twoSchedulersShareNothing() {
        try (ThreadScheduler other = new ThreadScheduler("c3")) {
            scheduler.close();
            AtomicInteger ran = new AtomicInteger();
            assertThat(other.offer(Lane.CONTROL, ran::incrementAndGet)).isTrue();
            await().until(() -> ran.get() == 1);
        }
    }

    @Test
    void mergesGetHalfOfTheProcessorsButAtLeastOne() {
        assertThat(LaneLimits.threads(Lane.COMPACT, 1)).isEqualTo(1);
        assertThat(LaneLimits.threads(Lane.COMPACT, 3)).isEqualTo(1);
        assertThat(LaneLimits.threads(Lane.COMPACT, 64)).isEqualTo(LaneLimits.COMPACT_THREADS);
        assertThat(LaneLimits.threads(Lane.READ, 1)).isEqualTo(LaneLimits.READ_THREADS);
    }

    private static int threads(Lane lane) {
        return LaneLimits.threads(lane, Runtime.getRuntime().availableProcessors());
    }

    /** Occupies every thread of the lane until the gate opens. */
    private void blockAllThreads(Lane lane) {
        int threads = threads(lane);
        CountDownLatch blocked = new CountDownLatch(threads);
        for (int i = 0; i < threads; i++) {
            scheduler.offer(lane, () -> {
                blocked.countDown();
                awaitGate();
            });
        }
        await().until(() -> blocked.getCount() == 0);
    }

    private boolean isParked() {
        return scheduler.threads().stream().allMatch(thread -> thread.getState() == Thread.State.WAITING);
    }

    private void awaitGate() {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
