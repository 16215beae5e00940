package io.kvmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several threads of an application in a simulated cluster. */
class SimThreadTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Duration LONG = Duration.ofHours(1);

    private final SimCluster cluster = SimCluster.of(3).seed(17);
    private final List<String> happened = new ArrayList<>();

    @AfterEach
    void noThreadIsLeft() {
        cluster.close();
        assertThat(simulatedThreads()).isEmpty();
    }

    @Test
    void oneThreadRunsAtATimeAndAllGetTheirWorkDone() {
        cluster.start();
        List<String> inside = new ArrayList<>();
        for (SimMember member : cluster.members()) {
            for (String name : List.of("a", "b")) {
                member.run(name, () -> {
                    for (int i = 0; i < 20; i++) {
                        map(member).set(member.index() + name, "value " + i);
                        inside.add(name);
                        assertThat(inside)
                                .as("nobody else runs between two waits")
                                .hasSize(1);
                        inside.remove(0);
                        SimThread.yieldNow();
                    }
                });
            }
        }
        cluster.join(LIMIT);
        cluster.members().forEach(member -> {
            assertThat(map(member).get("0a")).isEqualTo("value 19");
            assertThat(map(member).get("2b")).isEqualTo("value 19");
        });
        cluster.stop();
        cluster.checkFailures();
    }

    /** Also where one answer is enough, and is there at once. */
    @ParameterizedTest
    @EnumSource(names = {"ONE", "QUORUM"})
    void someSeedsLetTwoThreadsLoseAnUpdateAndOthersDoNot(ConsistencyLevel level) {
        int losses = 0;
        int seeds = 20;
        for (long seed = 0; seed < seeds; seed++) {
            try (SimCluster one = SimCluster.of(1).seed(seed).start()) {
                KvMap<String, Long> counts = one.member(0)
                        .store()
                        .map("counts", String.class, Long.class)
                        .with(level);
                for (String name : List.of("a", "b")) {
                    one.member(0).run(name, () -> counts.set("k", counts.getOrDefault("k", 0L) + 1));
                }
                one.join(LIMIT);
                losses += counts.getOrDefault("k", 0L) == 2L ? 0 : 1;
            }
        }
        assertThat(losses).isBetween(1, seeds - 1);
    }

    @Test
    void sleepTakesVirtualTimeAndRunForDoesTheSame() {
        long startNanos = cluster.loop().nowNanos();
        SimThread early = cluster.run("early", () -> {
            SimThread.sleep(Duration.ofSeconds(10));
            happened.add("early");
        });
        SimThread late = cluster.run("late", () -> {
            cluster.runFor(Duration.ofSeconds(20));
            happened.add("late");
        });
        late.join(LIMIT);
        assertThat(early.isEnded()).isTrue();
        assertThat(happened).containsExactly("early", "late");
        assertThat(Duration.ofNanos(cluster.loop().nowNanos() - startNanos))
                .isBetween(Duration.ofSeconds(20), Duration.ofSeconds(21));
    }

    @Test
    void aThreadWaitsForAConditionAndForAnotherThread() {
        SimThread first = cluster.run("first", () -> SimThread.sleep(Duration.ofSeconds(1)));
        cluster.run("second", () -> {
            first.join(LIMIT);
            happened.add("second");
        });
        cluster.run("third", () -> {
            cluster.runUntil("the second is over", () -> happened.size() == 1, LIMIT);
            happened.add("third");
        });
        cluster.run(
                "in vain",
                () -> assertThatThrownBy(() -> cluster.runUntil("never", () -> false, Duration.ofSeconds(1)))
                        .hasMessageContaining("not within PT1S: never"));
        cluster.join(LIMIT);
        assertThat(happened).containsExactly("second", "third");
    }

    @Test
    void aThreadStandsStillWhileItsMemberIsPaused() {
        cluster.start();
        SimMember member = cluster.member(1);
        SimThread thread = member.run("ticker", () -> {
            for (int i = 0; i < 10; i++) {
                SimThread.sleep(Duration.ofMillis(100));
                happened.add("tick");
            }
        });
        cluster.runFor(Duration.ofMillis(500));
        int before = happened.size();
        member.pause();
        cluster.runFor(Duration.ofMinutes(1));
        assertThat(happened).hasSize(before);
        assertThat(before).isBetween(2, 5);
        member.resume();
        thread.join(LIMIT);
        assertThat(happened).hasSize(10);
    }

    @Test
    void theThreadsOfAKilledProcessEndWhereTheyWait() {
        cluster.start();
        SimMember member = cluster.member(2);
        SimThread writer = member.run("writer", () -> {
            try {
                while (true) {
                    map(member).set("k", "v");
                }
            } catch (MemberCrashedError e) {
                happened.add("crashed");
                throw e;
            } finally {
                assertThatThrownBy(() -> map(member).set("k", "too late")).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> SimThread.sleep(LONG)).isInstanceOf(MemberCrashedError.class);
                happened.add("unwound");
            }
        });
        cluster.runFor(Duration.ofSeconds(1));
        SimThread unborn = member.run("unborn", () -> happened.add("never"));
        member.kill();
        assertThat(happened).containsExactly("crashed", "unwound");
        assertThat(List.of(writer.isEnded(), writer.wasKilled(), unborn.isEnded(), unborn.wasKilled()))
                .containsOnly(true);
        assertThat(simulatedThreads()).isEmpty();
        writer.join(LIMIT);
        assertThatThrownBy(() -> member.run("early", () -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("member 2 is not running: it cannot run thread 'early'");
        member.start();
        cluster.awaitAllAlive();
        member.run("next life", () -> happened.add(map(member).get("k"))).join(LIMIT);
        assertThat(happened).endsWith("v");
        cluster.checkFailures();
    }

    @Test
    void aCrashInACallOfTheDiskEndsAllThreadsOfThatProcess() {
        cluster.start();
        SimMember member = cluster.member(1);
        KvMap<String, String> map = map(member);
        SimThread sleeper = member.run("sleeper", () -> {
            try {
                SimThread.sleep(LONG);
            } finally {
                assertThatThrownBy(() -> map.set("k", "too late")).isInstanceOf(MemberCrashedError.class);
                happened.add("too late");
            }
        });
        SimThread writer = member.run("writer", () -> {
            SimThread.sleep(Duration.ofSeconds(1));
            // From the second write on a member writes its own copy in the caller's thread.
            map.set("k", "first");
            member.disk().faults().crashAt(member.disk().faults().calls() + 1, CrashKind.KILL);
            try {
                while (true) {
                    map.set("k", "v");
                }
            } catch (MemberCrashedError e) {
                happened.add("crashed");
            }
            SimThread.yieldNow();
            happened.add("never");
        });
        cluster.join(LIMIT);
        assertThat(member.isAlive()).isFalse();
        assertThat(List.of(writer.isEnded(), writer.wasKilled(), sleeper.isEnded(), sleeper.wasKilled()))
                .containsOnly(true);
        assertThat(happened).containsExactly("crashed", "too late");
        member.start();
        cluster.awaitAllAlive();
        cluster.stop();
        cluster.checkFailures();
    }

    @Test
    void aThreadThatSpendsTimeWithASlowDiskNeverSeesTheTimeRunBackwards() {
        Duration call = Duration.ofMillis(5);
        cluster.start();
        List<List<Long>> times = new ArrayList<>();
        for (SimMember member : cluster.members()) {
            member.disk().use(new DiskSpeed(call, call.multipliedBy(2), call, call, Long.MAX_VALUE));
            List<Long> own = new ArrayList<>();
            times.add(own);
            member.run("writer", () -> {
                for (int i = 0; i < 50; i++) {
                    member.disk().mount().list(member.directory());
                    map(member).with(ConsistencyLevel.ONE).set("k" + i, "v");
                    own.add(cluster.loop().nowNanos());
                    SimThread.yieldNow();
                    own.add(cluster.loop().nowNanos());
                }
            });
        }
        cluster.join(LIMIT);
        assertThat(times)
                .hasSize(3)
                .allSatisfy(own -> assertThat(own)
                        .hasSize(100)
                        .isSorted()
                        .satisfies(all -> assertThat(all.get(99) - all.get(0)).isGreaterThan(49 * call.toNanos())));
    }

    @Test
    void aThreadMayKillItsOwnProcessAndRestartAnother() {
        cluster.start();
        SimThread suicide = cluster.member(0).run("suicide", () -> {
            cluster.member(0).kill();
            happened.add("never");
        });
        cluster.run("helper", () -> {
            suicide.join(LIMIT);
            cluster.member(0).start();
            cluster.awaitAllAlive();
            happened.add("restarted");
        });
        cluster.join(LIMIT);
        assertThat(suicide.wasKilled()).isTrue();
        assertThat(happened).containsExactly("restarted");
        cluster.stop();
        cluster.checkFailures();
    }

    @Test
    void whatABodyThrowsIsToldByJoinWithSeedAndEventsAndEndsTheOthers() {
        cluster.start();
        SimThread other = cluster.run("other", () -> SimThread.sleep(LONG));
        IllegalStateException cause = new IllegalStateException("on purpose");
        SimThread thread = cluster.member(1).run("unlucky", () -> {
            throw cause;
        });
        assertThatThrownBy(() -> thread.join(LIMIT))
                .isInstanceOf(SimulationFailure.class)
                .hasCause(cause)
                .hasMessageContaining(
                        "thread 'unlucky' of member 1 failed: java.lang.IllegalStateException: on purpose")
                .hasMessageContaining("seed 17")
                .hasMessageContaining("unlucky failed");
        assertThat(other.wasKilled()).isTrue();
        assertThat(simulatedThreads()).isEmpty();
    }

    @Test
    void oneFailureIsEnoughToEndTheWaitForAll() {
        cluster.run("sleeper", () -> SimThread.sleep(LONG));
        cluster.run("unlucky", () -> {
            throw new IllegalStateException("on purpose");
        });
        assertThatThrownBy(() -> cluster.join(LIMIT)).hasMessageContaining("thread 'unlucky' failed");
        assertThat(Duration.ofNanos(cluster.loop().nowNanos())).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void aFailureThatNobodyJoinedIsFoundByTheChecks() {
        cluster.run("unlucky", () -> assertThat(1).isEqualTo(2));
        cluster.runFor(Duration.ofSeconds(1));
        assertThatThrownBy(cluster::checkFailures)
                .isInstanceOf(SimulationFailure.class)
                .hasMessageContaining("thread 'unlucky' failed")
                .hasCauseInstanceOf(AssertionError.class);
        cluster.checkFailures();
    }

    @Test
    void threadsThatAreNotOverAreAFailureAndAreEnded() {
        for (Runnable end : List.<Runnable>of(cluster::stop, cluster::checkFailures, () -> cluster.join(LIMIT))) {
            SimThread endless = cluster.run("endless", () -> SimThread.sleep(LONG));
            cluster.runFor(Duration.ofSeconds(1));
            assertThatThrownBy(end::run)
                    .isInstanceOf(SimulationFailure.class)
                    .hasMessageContaining("1 simulated threads are not over")
                    .hasMessageContaining("thread 'endless', which stands at")
                    .hasMessageContaining("SimThread.sleep");
            assertThat(endless.wasKilled()).isTrue();
        }
        SimThread endless = cluster.run("endless", () -> SimThread.sleep(LONG));
        assertThatThrownBy(() -> endless.join(Duration.ofSeconds(1)))
                .hasMessageContaining("not within PT1S: the end of");
        assertThat(simulatedThreads()).isEmpty();
    }

    @Test
    void aClosedClusterEndsAllAndRunsNoMore() {
        cluster.start();
        cluster.member(0).run("a", () -> SimThread.sleep(LONG));
        cluster.run("b", () -> SimThread.sleep(LONG));
        cluster.runFor(Duration.ofSeconds(1));
        assertThat(simulatedThreads()).hasSize(2);
        cluster.close();
        assertThat(simulatedThreads()).isEmpty();
        assertThatThrownBy(() -> cluster.run("c", () -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void aThreadOfTheUsersOwnIsFoundOut() {
        cluster.start();
        SimThread thread = cluster.member(0).run("forker", () -> {
            Thread own = new Thread(() -> map(cluster.member(0)).set("k", "v"), "users-own");
            own.setUncaughtExceptionHandler((stray, thrown) -> happened.add(String.valueOf(thrown.getMessage())));
            own.start();
            own.join();
        });
        assertThatThrownBy(() -> thread.join(LIMIT))
                .isInstanceOf(SimulationFailure.class)
                .hasMessageContaining("used by the thread 'users-own'");
        assertThat(happened.get(0)).contains("the simulation belongs to the thread 'sim-m0-forker'");
    }

    @Test
    void aResultOfAThreadOfTheUsersOwnIsRefusedToo() {
        cluster.start();
        cluster.member(0)
                .run(
                        "forker",
                        () -> assertThatThrownBy(() -> CompletableFuture.supplyAsync(
                                                () -> map(cluster.member(0)).get("k"))
                                        .get())
                                .isInstanceOf(ExecutionException.class)
                                .hasMessageContaining("the simulation belongs to"));
        assertThatThrownBy(() -> cluster.join(LIMIT)).isInstanceOf(SimulationFailure.class);
    }

    @Test
    void aLockThatAnotherSimulatedThreadHoldsIsADeadlockThatIsShown() {
        cluster.loop().limitTurns(Duration.ofMillis(200));
        ReentrantLock lock = new ReentrantLock();
        cluster.run("holder", () -> {
            lock.lock();
            try {
                SimThread.sleep(LONG);
            } finally {
                lock.unlock();
            }
        });
        cluster.runFor(Duration.ofSeconds(1));
        SimThread stuck = cluster.run("blocked", () -> {
            lock.lock();
            happened.add("got it after all");
            SimThread.yieldNow();
            happened.add("never");
        });
        assertThatThrownBy(() -> cluster.join(LIMIT))
                .isInstanceOf(SimulationFailure.class)
                .hasMessageContaining("thread 'blocked' did not come back within PT0.2S of real time")
                .hasMessageContaining("which the thread 'sim-holder' holds")
                .hasMessageContaining("ReentrantLock.lock")
                .hasMessageContaining("seed 17");
        assertThat(stuck.isEnded()).isFalse();
        cluster.close();
        assertThat(simulatedThreads()).isEmpty();
        assertThat(happened).containsExactly("got it after all");
    }

    @Test
    void anInterruptionOfTheTestEndsTheWaitForAThread() {
        Thread test = Thread.currentThread();
        cluster.run("endless", () -> {
            test.interrupt();
            new CompletableFuture<String>().get();
        });
        assertThatThrownBy(() -> cluster.join(LIMIT))
                .hasMessageContaining("when the thread of the test was interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void boundsAndWrongUseAreRefused() {
        assertThatThrownBy(() -> cluster.run(" ", () -> {})).hasMessageContaining("name ' '");
        assertThatThrownBy(() -> cluster.loop().limitTurns(Duration.ZERO)).hasMessageContaining("PT0S");
        assertThatThrownBy(() -> SimThread.sleep(LONG)).hasMessageContaining("is not a simulated one");
        assertThatThrownBy(SimThread::yieldNow).hasMessageContaining("runFor");
        for (int i = 0; i < SimThreads.THREADS_MAX; i++) {
            cluster.run("t" + i, () -> {});
        }
        assertThatThrownBy(() -> cluster.run("one-more", () -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("one-more")
                .hasMessageContaining("512");
        cluster.join(LIMIT);
        SimThread[] self = new SimThread[1];
        self[0] = cluster.run("self", () -> self[0].join(LIMIT));
        assertThatThrownBy(() -> cluster.join(LIMIT)).hasMessageContaining("would wait for its own end");
    }

    private static KvMap<String, String> map(SimMember member) {
        return member.store().map("m", String.class, String.class);
    }

    private static List<String> simulatedThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("sim-"))
                .toList();
    }
}
