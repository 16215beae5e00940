package io.kvmesh.examples.places;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class PlacesTest {

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void theWholeJobLosesNothing(@TempDir Path directory) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int status = Places.run(
                List.of("--records", "2000", "--keep", directory.toString()),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));

        String text = out.toString(StandardCharsets.UTF_8);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(status).as(text).isZero();
        List<String> lines = text.lines().toList();
        assertThat(lines.get(lines.size() - 1))
                .matches("RESULT records=2000 lost=0 wrong=0 load_per_s=\\d+ read_per_s=\\d+ noticed_ms=\\d+"
                        + " rejoined_ms=\\d+ seconds=[0-9.]+");
        assertThat(Files.readString(directory.resolve("member-3.log"))).doesNotContain(" WARN ", " ERROR ", "WARNING");
    }
}
