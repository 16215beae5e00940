package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvmesh.testkit.bench.OpenBench;
import io.kvmesh.testkit.process.MeshProcesses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store in a fresh JVM is quiet, on this JDK and on 25. Confined to one thread. */
class FreshJvmTest {
    @TempDir
    private Path directory;

    @Test
    void aStoreThatIsAloneOpensNoSocketPrintsNothingAndLeavesNoThread() throws IOException {
        OpenBench.Probe probe = OpenBench.probe(Path.of(System.getProperty("java.home")));
        System.out.println(probe);
        assertThat(probe.faults()).isEmpty();
    }

    @Test
    void aStoreThatIsAloneIsAsQuietOnJdk25() throws IOException {
        OpenBench.Probe probe = OpenBench.probe(jdk25());
        System.out.println(probe);
        assertThat(probe.faults()).isEmpty();
    }

    @Test
    void aMeshOnJdk25WritesAndReadsAndPrintsNothingToItsStandardError() throws IOException {
        Path javaHome = jdk25();
        try (MeshProcesses mesh = new MeshProcesses(directory, javaHome)) {
            mesh.start();
            for (int member = 0; member < MeshProcesses.MEMBERS; member++) {
                mesh.startWriters(member);
            }
            mesh.awaitAcknowledgements(500);
            for (int member = 0; member < MeshProcesses.MEMBERS; member++) {
                mesh.pauseWriters(member);
            }
            mesh.readAllThrough(0);
            mesh.stop();
        }
    }

    private static Path jdk25() throws IOException {
        Optional<Path> home = OpenBench.findJdk25();
        assumeTrue(home.isPresent(), "no JDK 25 is installed under /usr/lib/jvm");
        return home.orElseThrow();
    }
}
