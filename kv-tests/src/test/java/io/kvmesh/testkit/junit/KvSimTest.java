package io.kvmesh.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.kvmesh.api.KvConfig;
import io.kvmesh.testkit.IoFaults;
import io.kvmesh.testkit.LinkSettings;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimThread;
import io.kvmesh.testkit.SimulationFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.EventType;
import org.junit.platform.testkit.engine.Events;

/** What JUnit reports of tests with {@link KvSim}, good, bad and misused ones. */
class KvSimTest {
    private static final Duration LONG = Duration.ofHours(1);

    static final class OneReplica implements ClusterSettings {
        @Override
        public KvConfig.Builder apply(KvConfig.Builder builder) {
            return builder.replicationFactor(1);
        }
    }

    static final class Good {
        @BeforeEach
        void write(SimCluster cluster) {
            cluster.member(0).store().map("m", String.class, String.class).set("k", "v");
        }

        @KvSim(members = 2, seeds = 3, from = 7, settings = OneReplica.class)
        void reads(SimCluster cluster) {
            assertThat(cluster.members()).hasSize(2);
            assertThat(cluster.member(1).config().replicationFactor()).isEqualTo(1);
            assertThat(cluster.member(1)
                            .store()
                            .map("m", String.class, String.class)
                            .get("k"))
                    .isEqualTo("v");
        }

        @AfterEach
        void stillThere(SimCluster cluster) {
            assertThat(cluster.running()).hasSize(2);
        }
    }

    @Test
    void oneRunForEachSeed() {
        Events tests = run(Good.class).testEvents();
        tests.assertStatistics(counts -> counts.started(3).succeeded(3));
        assertThat(names(tests, EventType.FINISHED)).containsExactly("seed 7", "seed 8", "seed 9");
    }

    @Test
    void aPropertyNamesTheOnlySeed() {
        Events tests = run(Good.class, "123").testEvents();
        assertThat(names(tests, EventType.FINISHED)).containsExactly("seed 123");
    }

    @Test
    void seedsMayRunInParallel() {
        EngineTestKit.engine("junit-jupiter")
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
                .selectors(selectClass(Good.class), selectClass(LeavesFaults.class))
                .execute()
                .testEvents()
                .assertStatistics(counts -> counts.started(10).succeeded(10));
    }

    static final class FailsFromTwelve {
        @KvSim(seeds = 10, from = 10)
        void fails(SimCluster cluster) {
            cluster.member(0).run("sleeper", () -> SimThread.sleep(LONG));
            cluster.runFor(Duration.ofSeconds(1));
            cluster.loop().note("about to look at seed " + cluster.loop().seed());
            assertThat(cluster.loop().seed()).isLessThan(12);
            cluster.join(LONG.plusHours(1));
        }
    }

    @Test
    void theFirstFailureNamesTheSeedShowsTheEventsAndEndsTheTest() {
        Events tests = run(FailsFromTwelve.class).testEvents();
        assertThat(names(tests, EventType.FINISHED)).containsExactly("seed 10", "seed 11", "seed 12");
        assertThat(failures(tests))
                .singleElement()
                .isInstanceOf(SimulationFailure.class)
                .satisfies(failure -> assertThat(failure)
                        .hasCauseInstanceOf(AssertionError.class)
                        .hasMessageContaining("to be less than")
                        .hasMessageContaining(
                                "seed 12: replay it alone with -Dkvsim.seed=12, or @KvSim(from = 12, seeds = 1)")
                        .hasMessageContaining("7 further seeds were not run")
                        .hasMessageContaining("NOTE   about to look at seed 12"));
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("sim-"));
    }

    static final class FailsOften {
        @KvSim(members = 1, seeds = 10, failuresMax = 3)
        void fails(SimCluster cluster) {
            assertThat(cluster.loop().seed() % 2).isZero();
        }
    }

    @Test
    void moreFailuresAreWaitedForIfAskedFor() {
        Events tests = run(FailsOften.class).testEvents();
        tests.assertStatistics(counts -> counts.started(6).failed(3).succeeded(3));
        assertThat(failures(tests).get(0)).message().doesNotContain("not run");
        assertThat(failures(tests).get(2)).hasMessageContaining("4 further seeds were not run");
    }

    static final class FailsAtTheEnd {
        @KvSim(members = 1, seeds = 2)
        void leavesAThread(SimCluster cluster) {
            cluster.run("endless", () -> SimThread.sleep(LONG));
        }

        @KvSim(members = 1, seeds = 2)
        void hidesAFailureOfAThread(SimCluster cluster) {
            cluster.run("unlucky", () -> {
                throw new IllegalStateException("on purpose");
            });
            cluster.runFor(Duration.ofSeconds(1));
        }
    }

    @Test
    void whatIsFoundAfterTheTestIsAFailureOfTheSeed() {
        List<Throwable> failures = failures(run(FailsAtTheEnd.class).testEvents());
        assertThat(failures)
                .hasSize(2)
                .allSatisfy(failure -> assertThat(failure)
                        .hasMessageContaining("-Dkvsim.seed=0")
                        .hasMessageContaining("1 further seeds were not run"));
        assertThat(failures).anySatisfy(failure -> assertThat(failure).hasMessageContaining("are not over"));
        assertThat(failures).anySatisfy(failure -> assertThat(failure).hasRootCauseMessage("on purpose"));
    }

    static final class FailsAround {
        @BeforeEach
        void before(SimCluster cluster) {
            assertThat(cluster.loop().seed()).isNotEqualTo(0);
        }

        @KvSim(members = 1, seeds = 4, failuresMax = 2)
        void test() {}

        @AfterEach
        void after(SimCluster cluster) {
            assertThat(cluster.loop().seed()).isNotEqualTo(1);
        }
    }

    @Test
    void failuresBeforeAndAfterTheMethodNameTheSeedToo() {
        List<Throwable> failures = failures(run(FailsAround.class).testEvents());
        assertThat(failures).hasSize(2);
        assertThat(failures.get(0)).hasMessageContaining("-Dkvsim.seed=0");
        assertThat(failures.get(1)).hasMessageContaining("-Dkvsim.seed=1");
    }

    static final class LeavesFaults {
        @KvSim(seeds = 5)
        void leavesFaults(SimCluster cluster) {
            cluster.network().isolate(0);
            cluster.network().use(LinkSettings.RELIABLE.withLoss(0.5));
            cluster.member(1).pause();
            cluster.member(2).disk().limitBytes(1);
            cluster.member(0).disk().faults().hook(call -> {
                throw new IOException(IoFaults.DISK_BROKEN);
            });
        }

        @KvSim(seeds = 2)
        void killsAMember(SimCluster cluster) {
            cluster.member(1).kill();
        }
    }

    @Test
    void faultsThatATestLeavesAreEndedBeforeItsMembersAreStopped() {
        run(LeavesFaults.class).testEvents().assertStatistics(counts -> counts.succeeded(7));
    }

    static final class CannotStart {
        @KvSim(members = 1, seeds = 5, settings = NoMemory.class)
        void never() {}
    }

    static final class NoMemory implements ClusterSettings {
        @Override
        public KvConfig.Builder apply(KvConfig.Builder builder) {
            return builder.memtableBytes(-1);
        }
    }

    @Test
    void aClusterThatCannotStartIsAFailureOfTheSeed() {
        assertThat(failures(run(CannotStart.class).testEvents()))
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .hasMessageContaining("memtableBytes")
                        .hasMessageContaining("4 further seeds were not run"));
    }

    static final class Aborted {
        @KvSim(members = 1, seeds = 3)
        void aborted(SimCluster cluster) {
            assumeTrue(cluster.loop().seed() < 0);
        }
    }

    @Test
    void anAssumptionThatDoesNotHoldIsNoFailure() {
        run(Aborted.class)
                .testEvents()
                .assertStatistics(counts -> counts.aborted(3).failed(0));
    }

    static final class Misuses {
        @KvSim(members = 0)
        void noMember() {}

        @KvSim(members = 65)
        void manyMembers() {}

        @KvSim(seeds = 0)
        void noSeed() {}

        @KvSim(seeds = KvSim.SEEDS_MAX + 1)
        void manySeeds() {}

        @KvSim(failuresMax = 0)
        void noFailure() {}

        @KvSim(from = Long.MAX_VALUE)
        void noMoreSeeds() {}

        @KvSim(settings = NeedsArgument.class)
        void badSettings() {}
    }

    record NeedsArgument(int argument) implements ClusterSettings {
        @Override
        public KvConfig.Builder apply(KvConfig.Builder builder) {
            return builder.partitions(argument);
        }
    }

    @Test
    void wrongValuesAreRefusedByName() {
        List<Throwable> failures = failures(run(Misuses.class).containerEvents());
        assertThat(failures)
                .extracting(Throwable::getMessage)
                .anyMatch(message -> message.contains("Misuses.noMember: members = 0 must be 1 to 64"))
                .anyMatch(message -> message.contains("Misuses.manyMembers: members = 65 must be 1 to 64"))
                .anyMatch(message -> message.contains("Misuses.noSeed: seeds = 0 must be 1 to 1000000"))
                .anyMatch(message -> message.contains("Misuses.manySeeds: seeds = 1000001 must be"))
                .anyMatch(message -> message.contains("Misuses.noFailure: failuresMax = 0 must be 1 to"))
                .anyMatch(message -> message.contains("Misuses.noMoreSeeds: no 50 seeds follow from = "))
                .anyMatch(message -> message.contains("NeedsArgument must be a class that is not abstract"))
                .hasSize(7);
    }

    @Test
    void aSeedThatIsNoNumberIsRefused() {
        for (String text : List.of("x", "1.5", "", Long.toString(Long.MAX_VALUE))) {
            assertThat(failures(run(Good.class, text).containerEvents()))
                    .singleElement()
                    .satisfies(failure -> assertThat(failure).hasMessageContaining("kvsim.seed "));
        }
    }

    static final class TooEarly {
        @BeforeAll
        static void beforeAll(SimCluster cluster) {
            cluster.close();
        }

        @KvSim(members = 1, seeds = 1)
        void test() {}
    }

    @Test
    void aClusterOutsideOfARunIsRefused() {
        assertThat(failures(run(TooEarly.class).containerEvents()))
                .singleElement()
                .satisfies(failure -> assertThat(failure).hasMessageContaining("SimCluster"));
    }

    private static EngineExecutionResults run(Class<?> sample) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(sample))
                .execute();
    }

    private static EngineExecutionResults run(Class<?> sample, String onlySeed) {
        return EngineTestKit.engine("junit-jupiter")
                .configurationParameter(KvSim.SEED_PROPERTY, onlySeed)
                .selectors(selectClass(sample))
                .execute();
    }

    private static List<String> names(Events events, EventType type) {
        return events.filter(event -> event.getType() == type)
                .map(event -> event.getTestDescriptor().getDisplayName())
                .toList();
    }

    private static List<Throwable> failures(Events events) {
        return events.failed().stream().map(KvSimTest::thrown).toList();
    }

    private static Throwable thrown(Event event) {
        return event.getRequiredPayload(TestExecutionResult.class)
                .getThrowable()
                .orElseThrow();
    }
}
