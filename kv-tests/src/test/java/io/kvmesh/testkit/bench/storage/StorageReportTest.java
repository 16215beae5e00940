package io.kvmesh.testkit.bench.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.testkit.bench.LatencyHistogram;
import io.kvmesh.testkit.bench.ResourceUse;
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

/** Confined to one thread. */
class StorageReportTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final StorageReport report = new StorageReport(
            StorageOptions.parse(List.of("--engine", "all")), new PrintStream(bytes, true, StandardCharsets.UTF_8));

    private static RunResult result(long operations) {
        LatencyHistogram latencies = new LatencyHistogram();
        latencies.record(1_000);
        ProcessUse use = new ProcessUse(1_000_000_000, new ResourceUse(500_000_000, 100), 4_000);
        return new RunResult(
                "fillseq",
                operations,
                operations,
                latencies,
                use,
                use,
                new RunResult.Footprint(1_000, 1 << 20, 1 << 19, 1 << 20, 1 << 21));
    }

    @Test
    void mediansAndRatiosAreTheLastLines(@TempDir Path directory) throws IOException {
        long[] own = {300, 100, 200};
        long[] peer = {100, 400, 100};
        for (int run = 1; run <= 3; run++) {
            report.add(run, "kvmesh", result(own[run - 1]));
            report.add(run, "rocksdb", result(peer[run - 1]));
        }
        Path csv = directory.resolve("out.csv");
        report.finish(csv);

        List<String> lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(9);
        assertThat(lines.get(6)).startsWith("RESULT engine=kvmesh workload=fillseq runs=3 ops_per_second=200 ");
        assertThat(lines.get(7)).startsWith("RESULT engine=rocksdb workload=fillseq runs=3 ops_per_second=100 ");
        Map<String, String> result = Words.parse(lines.get(6));
        assertThat(result)
                .containsEntry("write_amplification", "4.00")
                .containsEntry("gc_share", "0.1000")
                .containsEntry("disk_mb", "1.0")
                .containsEntry("cpu_us", "2500.00");
        assertThat(lines.get(8))
                .startsWith("RATIO workload=fillseq kvmesh/rocksdb=2.00 least=0.25 most=3.00 cpu=0.50 ");
        assertThat(Files.readAllLines(csv)).hasSize(7).allMatch(line -> line.split(",", -1).length == 20);
    }

    @Test
    void aPeerAloneHasNoRatio() throws IOException {
        report.add(1, "rocksdb", result(1));
        report.finish(null);
        assertThat(bytes.toString(StandardCharsets.UTF_8)).contains("RESULT").doesNotContain("RATIO");
    }
}
