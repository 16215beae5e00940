package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.testkit.bench.Words;
import io.kvmesh.testkit.bench.storage.StorageBench;
import io.kvmesh.testkit.bench.storage.StorageOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmark of the storage engine works in processes of its own, and cleans up. Confined to one thread. */
class StorageBenchSmokeTest {
    @TempDir
    private Path directory;

    @Test
    void aShortRunRecoversAKilledStoreAndRemovesItsDirectories() throws IOException {
        Path data = directory.resolve("data");
        Path csv = directory.resolve("runs.csv");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<String> arguments = List.of(
                "--engine",
                "kvmesh,lmdb",
                "--workload",
                "fillseq,scanall,recovery",
                "--entries",
                "5000",
                "--memtable",
                "1",
                "--runs",
                "1",
                "--heap",
                "256",
                "--directory",
                data.toString(),
                "--csv",
                csv.toString());
        int status = new StorageBench(
                        StorageOptions.parse(arguments), new PrintStream(bytes, true, StandardCharsets.UTF_8))
                .run();
        String output = bytes.toString(StandardCharsets.UTF_8);
        System.out.println(output);

        assertThat(status).isZero();
        List<String> results =
                output.lines().filter(line -> line.startsWith("RESULT ")).toList();
        assertThat(results)
                .extracting(line -> Words.text(Words.parse(line), "workload"))
                .containsExactly("fillseq", "scanall", "recovery");
        assertThat(results).allMatch(line -> Words.number(Words.parse(line), "ops_per_second") > 0);
        assertThat(output).contains("# engine lmdb is left out").contains("# run 1: kvmesh writes the data set");
        assertThat(Files.readAllLines(csv)).hasSize(4);
        try (Stream<Path> left = Files.list(data)) {
            assertThat(left).isEmpty();
        }
    }
}
