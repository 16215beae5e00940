package io.kvmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.node.Environment;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.LaneLimits;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.runtime.Signal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimSchedulerTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final SimCluster cluster = SimCluster.of(1).seed(3);
    private final SimMember member = cluster.member(0);
    private final Environment environment = member.startProcess();
    private final Scheduler scheduler = environment.scheduler();
    private final List<String> ran = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(Lane.class)
    void aLaneStartsTasksInTheirOrderUnlessItHasSeveralThreads(Lane lane) {
        IntStream.range(0, 100).forEach(i -> scheduler.offer(lane, () -> ran.add(String.format("%03d", i))));
        assertThat(ran).as("nothing runs inside offer").isEmpty();
        cluster.runFor(SECOND);
        assertThat(ran).hasSize(100);
        assertThat(ran.equals(ran.stream().sorted().toList())).isEqualTo(LaneLimits.threads(lane) == 1);
    }

    @Test
    void theOrderBetweenLanesDependsOnTheSeed() {
        Set<String> orders = new HashSet<>();
        for (int seed = 0; seed < 50; seed++) {
            SimCluster other = SimCluster.of(1).seed(seed);
            Scheduler lanes = other.member(0).startProcess().scheduler();
            List<Lane> order = new ArrayList<>();
            for (Lane lane : List.of(Lane.CONTROL, Lane.LOG, Lane.FLUSH)) {
                lanes.offer(lane, () -> order.add(lane));
            }
            other.runFor(SECOND);
            orders.add(order.toString());
        }
        assertThat(orders).as("all orders of three").hasSize(6);
    }

    @ParameterizedTest
    @EnumSource(Lane.class)
    void aFullLaneRefusesATask(Lane lane) {
        int taken = 0;
        while (scheduler.offer(lane, () -> ran.add("task"))) {
            taken++;
        }
        assertThat(taken).isEqualTo(LaneLimits.tasksMax(lane) + LaneLimits.threads(lane));
        cluster.runFor(Duration.ofSeconds(10));
        assertThat(ran).hasSize(taken);
        assertThat(scheduler.offer(lane, () -> {})).isTrue();
    }

    @Test
    void aDelayedTaskComesUpInItsTime() {
        scheduler.schedule(Lane.CONTROL, SECOND.toNanos(), () -> ran.add("late"));
        cluster.runFor(SECOND.minusNanos(1));
        assertThat(ran).isEmpty();
        cluster.runFor(Duration.ofMillis(1));
        assertThat(ran).containsExactly("late");
    }

    @Test
    void aCancelledTaskDoesNotRunBeforeNorInItsLane() {
        scheduler
                .schedule(Lane.CONTROL, SECOND.toNanos(), () -> ran.add("cancelled"))
                .cancel();
        Scheduler.Cancellable[] inLane = new Scheduler.Cancellable[1];
        inLane[0] = scheduler.schedule(Lane.FLUSH, 0, () -> ran.add("cancelled in its lane"));
        assertThat(cluster.loop().step(Long.MAX_VALUE - 1)).as("its time comes").isTrue();
        inLane[0].cancel();
        inLane[0].cancel();
        cluster.runFor(SECOND.multipliedBy(2));
        assertThat(ran).isEmpty();
    }

    @Test
    void aDelayedTaskIsLateRatherThanLostWhenItsLaneIsFull() {
        scheduler.schedule(Lane.COMPACT, 0, () -> ran.add("late"));
        boolean taken = true;
        while (taken) {
            taken = scheduler.offer(Lane.COMPACT, () -> {});
        }
        cluster.runFor(SECOND);
        assertThat(ran).containsExactly("late");
    }

    @Test
    void aTaskThatThrowsIsReportedAndTheLaneGoesOn() {
        scheduler.offer(Lane.LOG, () -> {
            throw new IllegalStateException("on purpose");
        });
        scheduler.offer(Lane.LOG, () -> ran.add("next"));
        cluster.runFor(SECOND);
        assertThat(ran).containsExactly("next");
        assertThat(cluster.loop().failures()).hasSize(1).first().asString().contains("LOG", "on purpose");
        assertThatThrownBy(cluster::checkFailures)
                .isInstanceOf(SimulationFailure.class)
                .hasMessageContaining("on purpose");
    }

    @Test
    void nothingOfAKilledProcessRunsAnyMore() {
        scheduler.offer(Lane.CONTROL, () -> ran.add("task"));
        scheduler.schedule(Lane.CONTROL, 1, () -> ran.add("delayed"));
        member.kill();
        assertThat(scheduler.offer(Lane.CONTROL, () -> ran.add("task"))).isFalse();
        scheduler.schedule(Lane.CONTROL, 1, () -> ran.add("delayed"));
        cluster.runFor(SECOND);
        assertThat(ran).isEmpty();
    }

    @Test
    void nothingStartsAfterClose() {
        scheduler.offer(Lane.CONTROL, () -> ran.add("task"));
        scheduler.schedule(Lane.CONTROL, 1, () -> ran.add("delayed"));
        scheduler.close();
        scheduler.close();
        assertThat(scheduler.offer(Lane.CONTROL, () -> ran.add("task"))).isFalse();
        cluster.runFor(SECOND);
        assertThat(ran).isEmpty();
    }

    @Test
    void aPausedProcessDoesEverythingLater() {
        scheduler.offer(Lane.CONTROL, () -> ran.add("one"));
        scheduler.offer(Lane.CONTROL, () -> ran.add("two"));
        scheduler.schedule(Lane.CONTROL, SECOND.toNanos(), () -> ran.add("three"));
        member.pause();
        cluster.runFor(Duration.ofSeconds(5));
        assertThat(ran).isEmpty();
        member.resume();
        cluster.runFor(Duration.ofMillis(1));
        assertThat(ran).containsExactly("one", "two", "three");
    }

    @Test
    void awaitLetsEventsHappenUntilTheSignalFires() throws InterruptedException {
        Signal signal = new Signal();
        scheduler.schedule(Lane.CONTROL, SECOND.toNanos(), signal::fire);
        long deadline =
                environment.clock().monotonicNanos() + SECOND.multipliedBy(3).toNanos();
        assertThat(environment.blocking().await(signal, deadline)).isTrue();
        assertThat(cluster.loop().nowNanos()).isBetween(1_000_000_000L, 1_001_000_000L);
    }

    @Test
    void awaitEndsAtItsDeadline() throws InterruptedException {
        long deadline = environment.clock().monotonicNanos() + SECOND.toNanos();
        assertThat(environment.blocking().await(new Signal(), deadline)).isFalse();
        assertThat(cluster.loop().nowNanos()).isEqualTo(1_000_000_000L);
        assertThat(environment.blocking().await(new Signal(), deadline)).isFalse();
        assertThat(cluster.loop().nowNanos()).isEqualTo(1_000_000_000L);
    }

    @Test
    void awaitInsideATaskIsAnErrorThatTellsWhy() {
        scheduler.offer(Lane.READ, () -> awaitNothing());
        assertThatThrownBy(() -> cluster.runFor(SECOND))
                .isInstanceOf(SimulationFailure.class)
                .hasMessageContaining("member 0 waits for an operation inside an event");
    }

    @Test
    void awaitEndsWithTheProcessThatWaits() {
        cluster.loop().after(SECOND, member::kill);
        assertThatThrownBy(this::awaitNothing)
                .isInstanceOf(MemberCrashedError.class)
                .hasMessageContaining("member 0");
    }

    @Test
    void awaitCanBeInterrupted() {
        scheduler.offer(Lane.READ, () -> Thread.currentThread().interrupt());
        Signal never = new Signal();
        assertThatThrownBy(() ->
                        environment.blocking().await(never, environment.clock().monotonicNanos() + 1_000_000_000L))
                .isInstanceOf(InterruptedException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    private void awaitNothing() {
        try {
            environment.blocking().await(new Signal(), environment.clock().monotonicNanos() + 10_000_000_000L);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
