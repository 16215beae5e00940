package io.kvmesh.testkit.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The short version of the campaign, and the program that runs it. */
class SimulateTest {
    private static final int FIXED_SEEDS = 200;
    private static final int FRESH_SEEDS = 20;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void theFixedSeedsBreakNoPromise() throws InterruptedException {
        int status = simulate("--seeds", String.valueOf(FIXED_SEEDS));
        assertThat(status).as(out.toString(UTF_8)).isZero();
        assertThat(out.toString(UTF_8))
                .contains("RESULT seeds=" + FIXED_SEEDS + " ")
                .contains(" violations=0 ");
    }

    @Test
    void seedsThatNobodyHasSeenBreakNoPromise() throws InterruptedException {
        int status = simulate("--from", "fresh", "--seeds", String.valueOf(FRESH_SEEDS));
        assertThat(status).as(out.toString(UTF_8)).isZero();
    }

    @Test
    void theSameSeedIsTheSameRun() {
        try (ErrorLog errorLog = ErrorLog.install()) {
            SeedResult first = SeedRun.run(Scenario.EVERYTHING, 17, null, errorLog);
            SeedResult second = SeedRun.run(Scenario.EVERYTHING, 17, null, errorLog);
            assertThat(second.traceHash()).isEqualTo(first.traceHash());
            assertThat(second.operations()).isEqualTo(first.operations()).isPositive();
            assertThat(second.faults()).isEqualTo(first.faults()).isPositive();
        }
    }

    @Test
    void everyScenarioHasFaultsAndCallsInItsFirstSeeds() {
        try (ErrorLog errorLog = ErrorLog.install()) {
            for (Scenario scenario : Scenario.all()) {
                SeedResult result = SeedRun.run(scenario, 1, null, errorLog);
                assertThat(result.operations()).as(scenario.name()).isGreaterThan(100);
                assertThat(result.virtualNanos()).as(scenario.name()).isGreaterThan(60_000_000_000L);
                assertThat(result.faults() > 0).as(scenario.name()).isEqualTo(!scenario.equals(Scenario.CALM));
            }
        }
    }

    @Test
    void oneSeedTellsItsStory() throws InterruptedException {
        assertThat(simulate("--seed", "5", "--scenario", "network")).isZero();
        assertThat(out.toString(UTF_8))
                .contains("seed 5, scenario network, trace ")
                .contains("RunSettings[members=")
                .contains("RESULT seed=5 operations=");
    }

    @Test
    void onlyTheFaultsThatAreKeptHappen() throws InterruptedException {
        assertThat(simulate("--seed", "5", "--scenario", "network", "--keep", "none"))
                .isZero();
        assertThat(out.toString(UTF_8)).contains(" faults=0 ");
    }

    @Test
    void theShrinkerFindsTheFaultsThatMatter() {
        Set<Integer> guilty = Set.of(3, 17, 40);
        Shrinker shrinker = new Shrinker(kept -> kept.containsAll(guilty));
        Set<Integer> all = new TreeSet<>();
        for (int number = 0; number < FaultPlan.FAULTS_MAX; number++) {
            all.add(number);
        }
        assertThat(shrinker.shrink(all)).isEqualTo(new TreeSet<>(guilty));
        assertThat(shrinker.attempts()).isLessThan(Shrinker.ATTEMPTS_MAX);
    }

    @Test
    void theShrinkerEndsAfterItsAttempts() {
        Shrinker shrinker = new Shrinker(kept -> false);
        Set<Integer> all = new TreeSet<>();
        for (int number = 0; number < 10_000; number++) {
            all.add(number);
        }
        assertThat(shrinker.shrink(all)).isEqualTo(all);
        assertThat(shrinker.attempts()).isEqualTo(Shrinker.ATTEMPTS_MAX);
    }

    @ParameterizedTest
    @CsvSource({
        "--seeds, 0, '--seeds ''0'' must be a number from 1'",
        "--scenario, none, '--scenario ''none'' must be one of any, calm, network'",
        "--from, soon, '--from ''soon'' must be a whole number'",
        "--keep, 1, '--keep and --shrink belong to one seed'",
        "--sedes, 7, unknown argument '--sedes'",
    })
    void aWrongArgumentIsNamed(String option, String value, String message) throws InterruptedException {
        assertThat(simulate(option, value)).isEqualTo(Simulate.EXIT_USAGE);
        assertThat(err.toString(UTF_8)).contains("simulate: ").contains(message).contains("usage: simulate");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1,x", "-1", "65"})
    void aWrongFaultNumberIsNamed(String kept) throws InterruptedException {
        assertThat(simulate("--seed", "1", "--keep", kept)).isEqualTo(Simulate.EXIT_USAGE);
        assertThat(err.toString(UTF_8)).contains("must be a number from 0 to 64");
    }

    private int simulate(String... arguments) throws InterruptedException {
        return Simulate.run(List.of(arguments), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    }
}
