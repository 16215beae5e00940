package io.kvmesh.testkit.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.testkit.bench.UsageException;
import io.kvmesh.testkit.bench.Words;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That the program works; it says nothing about speed. Confined to one thread. */
class JoinTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--bogus 1|unknown argument '--bogus'",
                "--values-mb 0|--values-mb '0' must be a number from 1 to 100000",
                "--per-second 2|--per-second '2' must be a number from 3 to 1000000",
                "--writes 0|--writes '0' must be a number from 1 to 100",
                "--quiet x|--quiet 'x' must be a number from 1 to 10000",
                "--places /no/such/file|--places '/no/such/file' cannot be read",
            })
    void aWrongArgumentIsNamedWithItsRule(String arguments, String message) {
        assertThatThrownBy(() -> JoinOptions.parse(List.of(arguments.split(" ", -1))))
                .isInstanceOf(UsageException.class)
                .hasMessage(message);
    }

    @Test
    void aMemberJoinsUnderLoadAndIsSentItsShare() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int status = Join.run(
                List.of("--values-mb", "4", "--per-second", "90", "--quiet", "1"),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(errors, true, StandardCharsets.UTF_8));
        String text = out.toString(StandardCharsets.UTF_8);
        System.out.print(text);
        assertThat(status).as(text + errors.toString(StandardCharsets.UTF_8)).isZero();
        Map<String, String> result = Words.parse(text.substring(text.indexOf("RESULT")));
        assertThat(Words.number(result, "lost")).isZero();
        // Three quarters of four megabytes.
        assertThat(Words.number(result, "stream_mb")).isBetween(2L, 8L);
    }
}
