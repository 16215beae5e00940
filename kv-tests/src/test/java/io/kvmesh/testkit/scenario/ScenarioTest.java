package io.kvmesh.testkit.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Confined to one thread. The other stories are told by simulation, which takes no processes. */
class ScenarioTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--records 100|the name of a scenario is missing",
                "flood|there is no scenario 'flood'",
                "split --records 99|--records '99' must be a number from 100 to 1000000",
                "split --bogus 1|unknown argument '--bogus'",
            })
    void aWrongArgumentIsNamedWithItsRuleAndTheUsage(String arguments, String message) {
        assertThat(run(arguments.split(" ", -1))).isEqualTo(Programs.EXIT_USAGE);
        assertThat(errors.toString(StandardCharsets.UTF_8))
                .startsWith("scenario: " + message)
                .contains("usage: scenario");
    }

    @Test
    void helpNamesAllScenarios() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("member-lost", "split", "disk-damage", "hot-key", "data-center-lost");
    }

    @ParameterizedTest
    @ValueSource(strings = {"split", "disk-damage"})
    void aScenarioComesToItsGoodEnd(String name) {
        int status = run(name, "--records", "500");
        String text = out.toString(StandardCharsets.UTF_8);
        System.out.print(text);
        assertThat(status).as(text + errors.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(text)
                .contains("RESULT scenario=" + name)
                .contains(" failed=0")
                .doesNotContain("NO  ");
    }

    @Test
    void anExpectationThatDoesNotHoldIsToldAndCounted() {
        Narrator narrator = new Narrator(new PrintStream(out, true, StandardCharsets.UTF_8));
        narrator.expect(true, "the first");
        narrator.expect(false, "the %s", "second");
        assertThat(narrator.summary("test")).isFalse();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("yes  the first", "NO   the second", "expectations=2 failed=1");
    }

    private int run(String... arguments) {
        return Scenario.run(
                List.of(arguments),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(errors, true, StandardCharsets.UTF_8));
    }
}
