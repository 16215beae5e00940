package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.testkit.bench.ClusterBench;
import io.kvmesh.testkit.bench.Words;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmark itself works and finds no wrong value. It says nothing about speed. Confined to one thread. */
class BenchSmokeTest {
    @TempDir
    private Path directory;

    @Test
    void aShortRunOfTheClusterBenchmarkVerifiesEveryRead() throws IOException {
        Path csv = directory.resolve("points.csv");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int status = ClusterBench.run(
                List.of(
                        "--records",
                        "3000",
                        "--threads",
                        "1,8",
                        "--seconds",
                        "1",
                        "--warmup",
                        "0",
                        "--csv",
                        csv.toString(),
                        "--dir",
                        directory.resolve("data").toString()),
                new PrintStream(bytes, true, StandardCharsets.UTF_8));
        String output = bytes.toString(StandardCharsets.UTF_8);
        System.out.println(output);

        assertThat(status).isZero();
        Map<String, String> result = Words.parse(output.substring(output.lastIndexOf("RESULT")));
        assertThat(Words.number(result, "points")).isEqualTo(4);
        assertThat(Words.number(result, "wrong")).isZero();
        // On a machine that is busy with other work a call may time out, which is an error and not a wrong value.
        assertThat(Words.number(result, "errors") * 100).isLessThan(Words.number(result, "operations"));
        assertThat(Files.readAllLines(csv)).hasSize(5).allMatch(line -> line.split(",", -1).length == 22);
    }
}
