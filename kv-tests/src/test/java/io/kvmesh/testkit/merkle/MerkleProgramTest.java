package io.kvmesh.testkit.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MerkleProgramTest {
    private static final Pattern RESULT =
            Pattern.compile("RESULT keys=(\\d+) differ=(\\d+) bytes=(\\d+) seconds=.*\n$");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void equalReplicasCostAFewHundredBytesForEachPartition() {
        assertThat(run("--keys", "4000", "--partitions", "16")).as(text(out)).isZero();
        assertThat(bytes()).isBetween(16 * 200L, 16 * 600L);
        assertThat(text(out)).contains("# 0 entries were moved");
    }

    @Test
    void whatDiffersCostsLittleMore() {
        assertThat(run("--keys", "4000", "--differ", "6", "--partitions", "16"))
                .as(text(out))
                .isZero();
        assertThat(bytes()).isLessThan(16 * 600 + 6 * 3_000);
        assertThat(text(out)).contains("# 6 entries were moved").contains("another comparison moved 0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--keys 0 | --keys '0' must be a number from 1 to 5000000",
                "--keys 9 --partitions 3 | --partitions '3' must be a power of two",
                "--differ 1 | --keys is missing"
            })
    void refusesWhatItDoesNotUnderstand(String arguments, String message) {
        assertThat(run(arguments.split(" "))).isEqualTo(2);
        assertThat(text(err)).contains(message).contains("usage: merkle");
        assertThat(text(out)).isEmpty();
    }

    private long bytes() {
        Matcher result = RESULT.matcher(text(out));
        assertThat(result.find()).as(text(out)).isTrue();
        return Long.parseLong(result.group(3));
    }

    private int run(String... arguments) {
        return MerkleProgram.run(List.of(arguments), new PrintStream(out, true), new PrintStream(err, true));
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
