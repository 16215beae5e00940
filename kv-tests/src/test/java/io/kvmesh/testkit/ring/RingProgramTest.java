package io.kvmesh.testkit.ring;

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

class RingProgramTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void endsWithHowEvenTheRingIsAndHowMuchMoved() {
        assertThat(run("--members", "24")).isZero();
        Matcher result = Pattern.compile(
                        "RESULT members=24 max_over_fair=(\\S+) moved_over_minimum=(\\S+) max_over_fair_on_the_way=(\\S+)\n$")
                .matcher(text(out));
        assertThat(result.find()).as(text(out)).isTrue();
        assertThat(Double.parseDouble(result.group(1))).isBetween(1.0, 1.10);
        assertThat(Double.parseDouble(result.group(2))).isBetween(1.0, 1.05);
        assertThat(Double.parseDouble(result.group(3))).isBetween(1.0, 1.10);
        assertThat(text(out)).contains("of a fair share").contains("####");
    }

    @Test
    void theSameSeedDrawsTheSameRing() {
        run("--members", "9", "--seed", "4", "--weights", "1,2", "--racks", "3", "--replication", "east=2,west=1");
        String first = text(out);
        out.reset();
        run("--members", "9", "--seed", "4", "--weights", "1,2", "--racks", "3", "--replication", "east=2,west=1");
        assertThat(text(out)).isEqualTo(first).contains("replication east=2, west=1");
    }

    @Test
    void aRingOfOneMemberHoldsEverythingOnce() {
        assertThat(run("--members", "1")).isZero();
        assertThat(text(out)).contains("RESULT members=1 max_over_fair=1.000 moved_over_minimum=0.000");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--members 0 | --members '0' must be a number from 1 to 2000",
                "--members 5 --partitions 1000 | --partitions '1000' must be a power of two",
                "--members 5 --replication 0 | --replication '0' must be a number from 1 to 16",
                "--members 5 --replication east=3,east=2 | must be a number, or name each data centre once",
                "--members 5 --weights 1,heavy | --weights 'heavy' must be a number from 0.1 to 10",
                "--seed 5 | --members is missing",
                "--membres 5 | unknown argument '--membres'"
            })
    void refusesWhatItDoesNotUnderstand(String arguments, String message) {
        assertThat(run(arguments.split(" "))).isEqualTo(2);
        assertThat(text(err)).contains(message).contains("usage: ring");
        assertThat(text(out)).isEmpty();
    }

    private int run(String... arguments) {
        return RingProgram.run(List.of(arguments), new PrintStream(out, true), new PrintStream(err, true));
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
