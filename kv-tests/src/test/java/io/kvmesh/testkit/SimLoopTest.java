package io.kvmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SimLoopTest {
    private final SimLoop loop = new SimLoop(7);
    private final List<String> happened = new ArrayList<>();

    @Test
    void eventsHappenInTheOrderOfTheirTimesThenOfTheirArrival() {
        loop.after(Duration.ofMillis(2), () -> happened.add("later"));
        loop.after(Duration.ofMillis(1), () -> happened.add("first"));
        loop.after(Duration.ofMillis(1), () -> happened.add("second"));
        loop.runFor(Duration.ofMillis(1));
        assertThat(happened).containsExactly("first", "second");
        assertThat(loop.nowNanos()).isEqualTo(1_000_000);
        loop.runFor(Duration.ofSeconds(1));
        assertThat(happened).containsExactly("first", "second", "later");
        assertThat(loop.nowNanos()).isEqualTo(1_001_000_000);
    }

    @Test
    void timeStandsStillWhileAnEventRuns() {
        List<Long> times = new ArrayList<>();
        loop.after(Duration.ofMillis(5), () -> {
            times.add(loop.nowNanos());
            loop.after(Duration.ZERO, () -> times.add(loop.nowNanos()));
        });
        loop.runFor(Duration.ofMillis(5));
        assertThat(times).containsExactly(5_000_000L, 5_000_000L);
    }

    @Test
    void runUntilStopsAtTheEventThatMakesTheConditionTrue() {
        loop.after(Duration.ofMillis(3), () -> happened.add("x"));
        loop.after(Duration.ofMillis(4), () -> happened.add("y"));
        assertThat(loop.runUntil(() -> !happened.isEmpty(), Duration.ofSeconds(1)))
                .isTrue();
        assertThat(loop.nowNanos()).isEqualTo(3_000_000);
        assertThat(loop.runUntil(() -> happened.size() == 3, Duration.ofSeconds(1)))
                .isFalse();
        assertThat(loop.nowNanos()).isEqualTo(1_003_000_000);
    }

    @Test
    void aCancelledEventDoesNotHappenAndIsSweptOut() {
        SimEvent event = loop.schedule(10, EventKind.TIMER, null, "timer", () -> happened.add("cancelled"));
        loop.cancel(event);
        loop.cancel(event);
        loop.runFor(Duration.ofSeconds(1));
        assertThat(happened).isEmpty();
        assertThat(loop.executedEvents()).isZero();
    }

    @Test
    void nothingMayBlockInsideAnEvent() {
        loop.after(Duration.ofMillis(1), () -> loop.runFor(Duration.ofSeconds(1)));
        assertThatThrownBy(() -> loop.runFor(Duration.ofSeconds(1)))
                .isInstanceOf(SimulationFailure.class)
                .hasMessageContaining("inside an event")
                .hasMessageContaining("seed 7");
        loop.after(Duration.ofMillis(1), () -> happened.add("the loop goes on"));
        loop.runFor(Duration.ofSeconds(1));
        assertThat(happened).hasSize(1);
    }

    @Test
    void aSimulationWithoutEndFailsByItsBound() {
        loop.limitEvents(1_000);
        again();
        assertThatThrownBy(() -> loop.runFor(Duration.ofDays(1)))
                .isInstanceOf(SimulationFailure.class)
                .hasMessageContaining("more than 1000 events")
                .hasMessageContaining("ACTION");
    }

    private void again() {
        loop.after(Duration.ofNanos(1), this::again);
    }

    @Test
    void aNegativeDelayIsRefused() {
        assertThatThrownBy(() -> loop.after(Duration.ofNanos(-5), () -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-5");
    }

    @Test
    void anotherThreadIsRefusedAndFoundOutEvenIfItSaysNothing() throws InterruptedException {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        Thread stray = new Thread(
                () -> {
                    try {
                        loop.after(Duration.ZERO, () -> {});
                    } catch (IllegalStateException e) {
                        seen.set(e);
                    }
                },
                "stray-one");
        stray.start();
        stray.join();
        assertThat(seen.get()).hasMessageContaining("stray-one");
        loop.after(Duration.ZERO, () -> {});
        assertThatThrownBy(() -> loop.runFor(Duration.ofSeconds(1)))
                .isInstanceOf(SimulationFailure.class)
                .hasMessageContaining("stray-one");
    }

    @Test
    void waitingWithoutEndForNothingIsAFailure() {
        assertThatThrownBy(() -> loop.step(Long.MAX_VALUE))
                .isInstanceOf(SimulationFailure.class)
                .hasMessageContaining("without end");
    }

    @Test
    void theTimelineKeepsTheLastEvents() {
        for (int i = 0; i < SimTrace.TIMELINE_EVENTS_MAX + 10; i++) {
            loop.note("remark " + i);
        }
        assertThat(loop.timeline()).hasSize(SimTrace.TIMELINE_EVENTS_MAX);
        assertThat(loop.timeline().get(0)).endsWith("remark 10");
    }

    @Test
    void theHashTellsApartWhatTimesMembersAndKindsTellApart() {
        long start = loop.traceHash();
        loop.note("a");
        long one = loop.traceHash();
        SimLoop other = new SimLoop(8);
        other.note("b");
        SimLoop same = new SimLoop(9);
        same.note("a");
        assertThat(one).isNotEqualTo(start).isNotEqualTo(other.traceHash()).isEqualTo(same.traceHash());
        same.runFor(Duration.ofNanos(1));
        same.note("c");
        loop.note("c");
        assertThat(same.traceHash()).isNotEqualTo(loop.traceHash());
    }

    @Test
    void failuresOfCodeAreCountedAndAssertionsEndTheRun() {
        for (int i = 0; i < SimLoop.FAILURES_KEPT_MAX + 5; i++) {
            loop.codeFailed(1, "a task", new IllegalStateException("on purpose"));
        }
        assertThat(loop.failureCount()).isEqualTo(SimLoop.FAILURES_KEPT_MAX + 5);
        assertThat(loop.failures()).hasSize(SimLoop.FAILURES_KEPT_MAX);
        AssertionError found = new AssertionError("found");
        assertThatThrownBy(() -> loop.codeFailed(1, "a task", found)).isSameAs(found);
    }
}
