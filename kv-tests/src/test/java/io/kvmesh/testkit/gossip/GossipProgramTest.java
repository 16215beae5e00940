package io.kvmesh.testkit.gossip;

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

class GossipProgramTest {
    private static final Pattern RESULT =
            Pattern.compile("RESULT members=(\\d+) rounds=(\\d+) limit=(\\d+) bytes_per_member_per_round=(\\d+)\n$");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @ParameterizedTest
    @CsvSource({"40, 0, 11", "64, 0.1, 12"})
    void newsReachesAllWithinTwiceTheLogarithmOfTheMembers(String members, String loss, int limit) {
        assertThat(run("--members", members, "--loss", loss, "--changes", "3")).isZero();
        Matcher result = RESULT.matcher(text(out));
        assertThat(result.find()).as(text(out)).isTrue();
        assertThat(Integer.parseInt(result.group(2))).isBetween(1, limit);
        assertThat(Integer.parseInt(result.group(3))).isEqualTo(limit);
        assertThat(Integer.parseInt(result.group(4))).isPositive();
    }

    @Test
    void aRingWhoseMessagesAreNearlyAllLostIsTooSlowAndSaysSo() {
        assertThat(run("--members", "8", "--loss", "0.9", "--changes", "1")).isEqualTo(GossipProgram.EXIT_TOO_SLOW);
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        run("--members", "20", "--changes", "2", "--seed", "7", "--loss", "0.2");
        String first = text(out);
        out.reset();
        run("--members", "20", "--changes", "2", "--seed", "7", "--loss", "0.2");
        assertThat(text(out)).isEqualTo(first);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--members 1 | --members '1' must be a number from 2 to 2000",
                "--members 9 --loss 1 | --loss '1' must be a number from 0.0 to 0.9",
                "--members 9 --loss much | --loss 'much' must be a number",
                "--loss 0.1 | --members is missing"
            })
    void refusesWhatItDoesNotUnderstand(String arguments, String message) {
        assertThat(run(arguments.split(" "))).isEqualTo(2);
        assertThat(text(err)).contains(message).contains("usage: gossip");
        assertThat(text(out)).isEmpty();
    }

    private int run(String... arguments) {
        return GossipProgram.run(List.of(arguments), new PrintStream(out, true), new PrintStream(err, true));
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
