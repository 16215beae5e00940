package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.testkit.bench.ChildJvm;
import io.kvmesh.testkit.bench.Words;
import io.kvmesh.testkit.process.MeshProcesses;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writes that were under way when their coordinator was stopped reach the others late, after newer ones. Confined to
 * one thread.
 */
class StaleWritesTest {
    private static final int STOPPED = 0;
    private static final int SILENT = 1;
    private static final int OTHER = 2;
    private static final int KEYS = 40;
    private static final long OLD = 7;
    private static final long NEW = 8;
    private static final String ASSIGN_NEW = "assign keys=" + KEYS + " sequence=" + NEW;
    private static final Duration STAMPED_MAX = Duration.ofMillis(300);
    private static final Duration SUSPECTED_MAX = Duration.ofSeconds(30);
    private static final Duration RETURN_MAX = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir
    private Path directory;

    @Test
    void writesOfAStoppedMemberDoNotOverwriteNewerOnesWhenItGoesOn() {
        Path javaHome = Path.of(System.getProperty("java.home"));
        // At ALL a write waits for the silent member, so that it is stamped, sent and under way.
        try (MeshProcesses mesh = new MeshProcesses(directory, javaHome, List.of("ALL", "QUORUM", "QUORUM"))) {
            mesh.start();
            mesh.awaitAllAlive(RETURN_MAX);
            ChildJvm stopped = mesh.member(STOPPED);
            mesh.member(SILENT).signal("STOP");
            stopped.ask("assign keys=" + KEYS + " sequence=" + OLD, "assigning", PATIENCE);
            Awaitility.await().pollDelay(STAMPED_MAX).until(() -> true);
            stopped.signal("STOP");
            overwrite(mesh);
            Awaitility.await()
                    .atMost(SUSPECTED_MAX)
                    .until(() -> !mesh.stateSeenBy(OTHER, STOPPED).equals("ALIVE"));

            stopped.signal("CONT");
            Map<String, String> ends = Words.parse(stopped.ask("await", "assigned", PATIENCE));
            System.out.println("writes of the stopped member: " + ends);
            assertThat(Words.number(ends, "written") + Words.number(ends, "failed"))
                    .as("every call ended with success or a documented error")
                    .isEqualTo(KEYS);
            mesh.awaitAllAlive(RETURN_MAX);
            for (int member = 0; member < MeshProcesses.MEMBERS; member++) {
                assertThat(values(mesh.member(member))).as("through %d", member).isEqualTo(allNew());
            }
            mesh.stop();
        }
    }

    /** The silent member finds the old and the new writes waiting when it goes on, and takes them in any order. */
    private static void overwrite(MeshProcesses mesh) {
        ChildJvm other = mesh.member(OTHER);
        other.ask(ASSIGN_NEW, "assigning", PATIENCE);
        mesh.member(SILENT).signal("CONT");
        Map<String, String> ends = Words.parse(other.ask("await", "assigned", PATIENCE));
        System.out.println("newer writes: " + ends);
        if (Words.number(ends, "written") < KEYS) {
            // On a machine that is busy with other work some may time out; they are newer whenever they come.
            other.ask(ASSIGN_NEW, "assigning", PATIENCE);
            ends = Words.parse(other.ask("await", "assigned", PATIENCE));
        }
        assertThat(Words.number(ends, "failed") + Words.number(ends, "other"))
                .as("%s", ends)
                .isZero();
    }

    private static String values(ChildJvm member) {
        return member.ask("read keys=" + KEYS, "values", PATIENCE);
    }

    private static String allNew() {
        return String.join(",", Collections.nCopies(KEYS, Long.toString(NEW)));
    }
}
