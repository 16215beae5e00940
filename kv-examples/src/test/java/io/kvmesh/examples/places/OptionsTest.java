package io.kvmesh.examples.places;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void hasDefaults() {
        Options options = Options.parse(List.of());

        assertThat(options.members()).isEqualTo(3);
        assertThat(options.records()).isEqualTo(PlacesFile.RECORDS);
        assertThat(options.keep()).isEmpty();
        assertThat(options.help()).isFalse();
    }

    @Test
    void takesAllOptions() {
        Options options =
                Options.parse(List.of("--members", "5", "--records", "1000", "--threads", "4", "--keep", "somewhere"));

        assertThat(options.members()).isEqualTo(5);
        assertThat(options.records()).isEqualTo(1000);
        assertThat(options.threads()).isEqualTo(4);
        assertThat(options.keep()).contains(Path.of("somewhere").toAbsolutePath());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--members 2|--members must be a number from 3 to 9 but is '2'",
                "--members 10|--members must be a number from 3 to 9 but is '10'",
                "--records 0|--records must be a number from 1 to 135233 but is '0'",
                "--records 135234|--records must be a number from 1 to 135233 but is '135234'",
                "--threads many|--threads must be a number from 1 to 256 but is 'many'",
                "--threads|--threads needs a value",
                "--nodes 3|unknown argument '--nodes'",
                "3|unknown argument '3'",
            })
    void namesTheWrongArgumentAndTheRule(String arguments, String message) {
        assertThatThrownBy(() -> Options.parse(List.of(arguments.split(" "))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void aWrongArgumentStopsTheProgramWithUsage() {
        assertThat(run("--members", "two")).isEqualTo(2);

        assertThat(text(err).lines().findFirst())
                .contains("places: --members must be a number from 3 to 9 but is 'two'");
        assertThat(text(err)).contains("Usage:");
        assertThat(text(out)).isEmpty();
    }

    @Test
    void helpIsNoError() {
        assertThat(run("--help")).isZero();

        assertThat(text(out)).contains("--records N");
        assertThat(text(err)).isEmpty();
    }

    @Test
    void aDirectoryThatIsNotEmptyIsLeftAlone(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("mine.txt"), "mine");

        assertThat(run("--keep", directory.toString())).isEqualTo(2);

        assertThat(text(err)).contains("--keep must name an empty or new directory, but " + directory);
        assertThat(file).hasContent("mine");
    }

    private int run(String... arguments) {
        return Places.run(
                List.of(arguments),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
