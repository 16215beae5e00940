package io.kvmesh.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.testkit.bench.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Confined to one thread. */
class TortureArgumentsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--members 2|--members '2' must be a number from 3 to 9",
                "--members 10|--members '10' must be a number from 3 to 9",
                "--bogus 1|unknown argument '--bogus'",
                "--minutes|--minutes needs a value",
                "--minutes 0|--minutes '0' must be a number from 1 to 100000",
                "--minutes 1 --seed x|--seed 'x' must be a number",
            })
    void aWrongArgumentIsNamedWithItsRule(String arguments, String message) {
        assertThatThrownBy(() -> TortureOptions.parse(List.of(arguments.split(" ", -1))))
                .isInstanceOf(UsageException.class)
                .hasMessage(message);
    }

    @Test
    void itTakesHalfAnHourAndThreeMembersUnlessToldOtherwise() {
        assertThat(TortureOptions.parse(List.of("--seed", "1"))).isEqualTo(new TortureOptions(30, 3, 1));
    }

    @Test
    void theSeedIsTakenOrDrawn() {
        assertThat(TortureOptions.parse(List.of("--minutes", "2", "--seed", "-5")))
                .isEqualTo(new TortureOptions(2, 3, -5));
        assertThat(TortureOptions.parse(List.of("--minutes", "2")).seed())
                .isNotEqualTo(TortureOptions.parse(List.of("--minutes", "2")).seed());
    }

    @Test
    void aWrongArgumentEndsWithTheUsageAndStatusTwo() throws IOException {
        assertThat(run(List.of("--minutes", "x"))).isEqualTo(2);
        assertThat(errors.toString(StandardCharsets.UTF_8))
                .startsWith("torture: --minutes 'x' must be")
                .contains("usage: torture");
        assertThat(run(List.of("--help"))).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("usage: torture");
    }

    private int run(List<String> arguments) throws IOException {
        return Torture.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(errors, true, StandardCharsets.UTF_8));
    }
}
