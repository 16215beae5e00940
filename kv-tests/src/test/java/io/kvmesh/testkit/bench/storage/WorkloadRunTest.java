package io.kvmesh.testkit.bench.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** All workloads in this process. Says nothing about speed. Confined to one thread, which starts others. */
class WorkloadRunTest {
    private static final int ENTRIES = 20_000;
    private static final int VALUE_BYTES = 100;

    @TempDir
    private Path directory;

    private WorkloadSettings settings(Workload workload, String place, int threads) {
        return new WorkloadSettings(
                "kvmesh",
                workload,
                Scratch.create(directory.resolve(place)),
                ENTRIES,
                VALUE_BYTES,
                1 << 20,
                1,
                threads,
                20,
                100);
    }

    private static List<RunResult> run(EngineProvider engine, WorkloadSettings settings) throws InterruptedException {
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
        return new WorkloadRun(engine, settings, nowhere).run();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theEnginePassesEveryWorkload(int threads) throws InterruptedException {
        Map<Workload, List<RunResult>> results = new EnumMap<>(Workload.class);
        for (Workload workload : Workload.values()) {
            if (workload != Workload.RECOVERY) {
                String place = workload.data() == Workload.Data.FRESH ? workload.label() : "data";
                results.put(workload, run(new KvMeshEngineProvider(), settings(workload, place, threads)));
            }
        }
        results.forEach((workload, series) -> {
            assertThat(series).hasSize(workload == Workload.READWHILEWRITING ? 2 : 1);
            for (RunResult result : series) {
                assertThat(result.series()).startsWith(workload.label());
                assertThat(result.operationsPerSecond()).as(result.series()).isPositive();
                assertThat(result.latencies().quantileNanos(0.5)).isPositive();
            }
        });
        for (Workload workload : List.of(Workload.FILLSEQ, Workload.BATCH100, Workload.FILLRANDOM)) {
            RunResult result = first(results, workload);
            assertThat(result.operations()).isEqualTo(ENTRIES);
            assertThat(result.footprint().userBytes()).isEqualTo(ENTRIES * 116L);
            assertThat(result.footprint().tableBytes())
                    .isBetween(1L, result.footprint().diskBytes());
        }
        assertThat(first(results, Workload.SCANALL).operations()).isEqualTo(3L * ENTRIES);
    }

    private static RunResult first(Map<Workload, List<RunResult>> results, Workload workload) {
        return Objects.requireNonNull(results.get(workload)).get(0);
    }

    @Test
    void resultsTravelAsText() throws InterruptedException {
        RunResult result = run(new KvMeshEngineProvider(), settings(Workload.FILLSEQ, "data", 1))
                .get(0);
        RunResult copy =
                StorageChild.decode(result.encode() + " | " + result.encode()).get(1);
        assertThat(copy.encode()).isEqualTo(result.encode());
        assertThat(copy.operationsPerSecond()).isEqualTo(result.operationsPerSecond());
        WorkloadSettings settings = settings(Workload.SYNC8, "data", 7);
        assertThat(WorkloadSettings.decode(settings.encode())).isEqualTo(settings);
    }

    @ParameterizedTest
    @CsvSource({
        "FORGETS_A_WRITE, FILLSEQ, is missing",
        "FORGETS_A_WRITE, BATCH100, is missing",
        "KEEPS_THE_FIRST_WRITE, OVERWRITE, was acknowledged",
        "KEEPS_THE_FIRST_WRITE, READWHILEWRITING, was acknowledged",
        "DAMAGES_A_VALUE, READRANDOM, is damaged at byte 99",
        "DAMAGES_A_VALUE, READHOT, is damaged at byte 99",
        "DAMAGES_A_VALUE, SYNC8, is damaged at byte 99",
        "SKIPS_IN_A_SCAN, SCAN100, a scan returned another key",
        "SKIPS_IN_A_SCAN, SCANALL, a scan returned another key",
        "INVENTS_A_VALUE, READMISSING, has a value",
        "FAILS, FILLRANDOM, the disk is full",
    })
    void aWrongAnswerEndsTheRun(FaultyEngine.Fault fault, Workload workload, String message) {
        assertThatThrownBy(() -> run(filled(fault), settings(workload, "data", 2)))
                .hasMessageContaining(message);
        assertThatCode(() -> run(filled(FaultyEngine.Fault.NONE), settings(workload, "data", 2)))
                .doesNotThrowAnyException();
    }

    private static EngineProvider filled(FaultyEngine.Fault fault) {
        FaultyEngine engine = new FaultyEngine(fault);
        List<Integer> refused = new ArrayList<>();
        for (int i = 0; i < ENTRIES; i++) {
            try {
                engine.put(BenchRecords.key(i), BenchRecords.value(VALUE_BYTES, i, Records.FIRST_VERSION));
            } catch (IllegalStateException e) {
                refused.add(i);
            }
        }
        assertThat(refused.isEmpty()).isEqualTo(fault != FaultyEngine.Fault.FAILS);
        return FaultyEngine.provider(engine);
    }
}
