package io.kvmesh.examples.places;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    @Test
    void printsALineForEachTenthWhereThereIsNoTerminal() {
        Progress progress = new Progress(out, false, 200);
        for (long done : new long[] {0, 5, 20, 21, 39, 100, 200}) {
            progress.show(done, 2);
        }
        progress.end();

        assertThat(text().lines().map(String::strip))
                .containsExactly(
                        "10 %         20 of 200        10/s",
                        "50 %        100 of 200        50/s", "100 %        200 of 200       100/s");
    }

    @Test
    void movesABarOnATerminal() {
        Progress progress = new Progress(out, true, 10);
        progress.show(0, 0);
        progress.show(5, 1);
        progress.show(10, 2);
        progress.end();

        assertThat(text()).contains("\r      [###############...............]  50 %");
        assertThat(text()).contains("\r      [##############################] 100 %");
        assertThat(text()).endsWith(System.lineSeparator());
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
