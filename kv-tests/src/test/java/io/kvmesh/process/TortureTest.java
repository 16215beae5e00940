package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.bench.Words;
import io.kvmesh.testkit.process.MeshProcesses;
import io.kvmesh.testkit.process.TortureRun;
import java.nio.file.Path;
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

    @TempDir
    private Path directory;

    @Test
    void nothingAcknowledgedIsLostWhileMembersAreKilledAndStopped() {
        System.out.println("seed " + SEED + "; repeat with -Dkvmesh.torture.seed=" + SEED);
        try (MeshProcesses mesh = new MeshProcesses(directory)) {
            TortureRun run = new TortureRun(mesh, RandomSource.seeded(SEED), System.out);
            run.start();
            run.killOne();
            run.killAll();
            run.stopOne();
            run.finish();
            System.out.println(run.result());

            Map<String, String> result = Words.parse(run.result());
            assertThat(mesh.ledger().faults()).isEmpty();
            assertThat(Words.number(result, "rounds")).isEqualTo(3);
            assertThat(Words.number(result, "kills")).isGreaterThanOrEqualTo(4);
            assertThat(Words.number(result, "writes")).isGreaterThan(300);
            assertThat(Double.parseDouble(Words.text(result, "availability"))).isGreaterThan(0.5);
        }
    }
}
