package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.testkit.bench.Words;
import io.kvmesh.testkit.process.MeshChild;
import io.kvmesh.testkit.process.MeshProcesses;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member of a real mesh dies or pauses while all members write at QUORUM. Confined to one thread. */
class MeshFailureTest {
    /** Simulated meshes hold the limit of 6 s in virtual time; here the machine may be busy with other work. */
    private static final Duration NOTICED_MAX = Duration.ofSeconds(15);

    private static final Duration PAUSE = Duration.ofSeconds(3);
    private static final Duration RETURN_MAX = Duration.ofSeconds(60);
    /** What a call may take beyond its timeout and the longest time for which its process was not scheduled. */
    private static final long TICK_MILLIS = 500;

    private static final int VICTIM = 1;
    private static final List<Integer> SURVIVORS = List.of(0, 2);

    @TempDir
    private Path directory;

    @Test
    void aKilledMemberLosesNothingBlocksNobodyAndServesAgainFromItsDirectory() {
        try (MeshProcesses mesh = new MeshProcesses(directory)) {
            System.out.println("ready after " + mesh.start() + " ms");
            startAllWriters(mesh);
            mesh.awaitAcknowledgements(2_000);

            mesh.member(VICTIM).kill();
            long killedNanos = System.nanoTime();
            awaitNoticed(mesh);
            System.out.println("noticed after " + (System.nanoTime() - killedNanos) / 1_000_000 + " ms");
            mesh.awaitAcknowledgements(1_000);
            for (int survivor : SURVIVORS) {
                expectNoLongCall(mesh.pauseWriters(survivor));
            }
            SURVIVORS.forEach(mesh::readAllThrough);

            System.out.println("restarted member ready after " + mesh.restart(VICTIM) + " ms");
            mesh.awaitAllAlive(RETURN_MAX);
            mesh.readAllThrough(VICTIM);
            startAllWriters(mesh);
            mesh.awaitAcknowledgements(1_000);
            for (int member = 0; member < MeshProcesses.MEMBERS; member++) {
                mesh.pauseWriters(member);
            }
            for (int member = 0; member < MeshProcesses.MEMBERS; member++) {
                mesh.readAllThrough(member);
            }
            mesh.stop();
            System.out.printf(
                    "%d acknowledged, %d reads verified%n",
                    mesh.ledger().acknowledgements(), mesh.ledger().reads());
        }
    }

    @Test
    void aPausedMemberIsAliveAgainAfterwardsAndNoValueIsWrong() {
        try (MeshProcesses mesh = new MeshProcesses(directory)) {
            mesh.start();
            startAllWriters(mesh);
            mesh.awaitAcknowledgements(1_000);

            mesh.member(VICTIM).signal("STOP");
            Awaitility.await().pollDelay(PAUSE).atMost(PAUSE.plusSeconds(5)).until(() -> true);
            mesh.member(VICTIM).signal("CONT");
            mesh.awaitAcknowledgements(1_000);
            mesh.awaitAllAlive(RETURN_MAX);

            for (int survivor : SURVIVORS) {
                expectNoLongCall(mesh.pauseWriters(survivor));
            }
            // Its own calls slept with it; what counts is that they ended and that their values are right.
            System.out.println("paused member: " + mesh.pauseWriters(VICTIM));
            for (int member = 0; member < MeshProcesses.MEMBERS; member++) {
                mesh.readAllThrough(member);
            }
            mesh.stop();
        }
    }

    private static void startAllWriters(MeshProcesses mesh) {
        for (int member = 0; member < MeshProcesses.MEMBERS; member++) {
            mesh.startWriters(member);
        }
    }

    private static void awaitNoticed(MeshProcesses mesh) {
        for (int survivor : SURVIVORS) {
            Awaitility.await()
                    .atMost(NOTICED_MAX)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> !mesh.stateSeenBy(survivor, VICTIM).equals("ALIVE"));
        }
    }

    private static void expectNoLongCall(Map<String, String> report) {
        System.out.println("writers: " + report);
        long excessMillis = Words.number(report, "longestCallMillis") - MeshChild.OPERATION_TIMEOUT.toMillis();
        assertThat(excessMillis).isLessThan(Words.number(report, "hiccupMillis") + TICK_MILLIS);
    }
}
