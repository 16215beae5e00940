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

/** Confined to one thread. */
class RejoinTest {
    private static final long GOSSIP_BYTES_MAX = 100_000;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--bogus 1|unknown argument '--bogus'",
                "--seconds 0|--seconds '0' must be a number from 1 to 10000",
                "--records 99|--records '99' must be a number from 100 to 10000000",
                "--value 31|--value '31' must be a number from 32 to 1000000",
                "--per-second x|--per-second 'x' must be a number from 1 to 1000000",
                "--writes 101|--writes '101' must be a number from 1 to 100",
            })
    void aWrongArgumentIsNamedWithItsRule(String arguments, String message) {
        assertThatThrownBy(() -> RejoinOptions.parse(List.of(arguments.split(" ", -1))))
                .isInstanceOf(UsageException.class)
                .hasMessage(message);
    }

    @Test
    void aMemberThatComesBackIsSentWhatItMissedAndLittleElse() {
        int status = run("--seconds", "3", "--records", "3000", "--per-second", "200");
        System.out.print(out.toString(StandardCharsets.UTF_8));
        assertThat(status).as(errors.toString(StandardCharsets.UTF_8)).isZero();
        String text = out.toString(StandardCharsets.UTF_8);
        Map<String, String> result = Words.parse(text.substring(text.indexOf("RESULT")));
        assertThat(Words.number(result, "lost")).isZero();
        assertThat(Words.number(result, "transferred_bytes"))
                .isBetween(
                        Words.number(result, "changed_bytes"),
                        Words.number(result, "written_bytes") * 3 / 2 + GOSSIP_BYTES_MAX);
    }

    private int run(String... arguments) {
        return Rejoin.run(
                List.of(arguments),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(errors, true, StandardCharsets.UTF_8));
    }
}
