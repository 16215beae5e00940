package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.bench.Words;
import io.kvmesh.testkit.process.MeshProcesses;
import io.kvmesh.testkit.process.TortureRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One round of each kind that the torture has, which {@code kv-tests/bin/torture} plays for as long as wanted. Confined
 * to one thread.
 *
 * <p>System property: {@code kvmesh.torture.seed}.
 */
class TortureTest {
    private static final long SEED = Long.getLong("kvmesh.torture.seed", System.nanoTime());

    private static final Duration DOWN_MAX = Duration.ofSeconds(3);

    @TempDir
    private Path directory;

    @Test
    void nothingAcknowledgedIsLostWhileMembersAreKilledAndStopped() {
        System.out.println("seed " + SEED + "; repeat with -Dkvmesh.torture.seed=" + SEED);
        try (MeshProcesses mesh = new MeshProcesses(directory)) {
            TortureRun run = new TortureRun(mesh, RandomSource.seeded(SEED), DOWN_MAX, System.out);
            run.start();
            run.killOne();
            run.killAll();
            run.killTwo();
            run.stopOne();
            run.stopTwo();
            run.finish();
            System.out.println(run.result());

            Map<String, String> result = Words.parse(run.result());
            assertThat(mesh.ledger().faults()).isEmpty();
            assertThat(Words.number(result, "rounds")).isEqualTo(5);
            assertThat(Words.number(result, "kills")).isGreaterThanOrEqualTo(6);
            assertThat(Words.number(result, "acknowledged")).isGreaterThan(300);
            assertThat(Words.number(result, "operations_one_down")).isPositive();
            assertThat(Double.parseDouble(Words.text(result, "availability_one_down")))
                    .isGreaterThan(0.99);
        }
    }
}
