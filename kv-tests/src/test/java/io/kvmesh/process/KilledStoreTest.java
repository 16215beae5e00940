package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.KvStore;
import io.kvmesh.api.Durability;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.bench.ChildJvm;
import io.kvmesh.testkit.process.Ledger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process with SIGKILL at random moments while it loads, again and again on one directory. Everything that was
 * acknowledged must be there when the directory is opened again, and nothing that was never written. Confined to one
 * thread.
 *
 * <p>System properties: {@code kvmesh.kill.rounds} (default 50), {@code kvmesh.kill.seed}.
 */
class KilledStoreTest {
    private static final int ROUNDS = Integer.getInteger("kvmesh.kill.rounds", 50);
    private static final long SEED = Long.getLong("kvmesh.kill.seed", System.nanoTime());
    private static final int ACKNOWLEDGEMENTS_MAX = 3_000;
    private static final int ACKNOWLEDGEMENTS_SYNC_MAX = 300;
    private static final int KILL_WHILE_OPENING_ONE_OF = 8;
    private static final long OPENING_NANOS_MAX = 60_000_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final List<Integer> WRITERS = List.of(0, 1, 2, 3);

    private final RandomSource random = RandomSource.seeded(SEED);
    private final Ledger ledger = new Ledger(LoneChild.SCRIPT);

    @TempDir
    private Path directory;

    @Test
    void everyAcknowledgedWriteSurvivesSigkillAtRandomMoments() {
        System.out.println("seed " + SEED + "; repeat with -Dkvmesh.kill.seed=" + SEED);
        ChildJvm next = startWarm(0);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                ChildJvm current = next;
                next = startWarm(round + 1);
                playRound(round, current);
                assertThat(ledger.faults()).as("round %d, seed %d", round, SEED).isEmpty();
            }
        } finally {
            next.close();
        }
        verifyInThisProcess();
        verifyInThisProcess();
        assertThat(ledger.faults()).as("after the last round, seed %d", SEED).isEmpty();
        assertThat(ledger.acknowledgements()).isGreaterThan(ROUNDS);
        System.out.printf("%d acknowledged, %d reads verified%n", ledger.acknowledgements(), ledger.reads());
    }

    private void playRound(int round, ChildJvm child) {
        // The first round opens an empty directory, so that it always loads something.
        boolean whileOpening = round > 0 && random.nextInt(KILL_WHILE_OPENING_ONE_OF) == 0;
        Durability durability = round % 2 == 0 ? Durability.PERIODIC : Durability.SYNC;
        try (child) {
            child.await("warm", PATIENCE);
            child.send("open directory=" + directory.resolve("data") + " durability=" + durability);
            if (whileOpening) {
                LockSupport.parkNanos(random.nextLong(OPENING_NANOS_MAX));
            } else {
                child.await("dumped", PATIENCE);
                String sequences = ledger.resumeWriters(WRITERS);
                // All keys were read, so what was in doubt is now known: it is there, or must never appear.
                ledger.settleDoubts();
                long before = ledger.acknowledgements();
                child.send(sequences);
                awaitAcknowledgements(
                        child,
                        before
                                + 1
                                + random.nextInt(
                                        durability == Durability.SYNC
                                                ? ACKNOWLEDGEMENTS_SYNC_MAX
                                                : ACKNOWLEDGEMENTS_MAX));
            }
            child.kill();
        }
        System.out.printf(
                "round %d: %s%s, %d acknowledged so far%n",
                round, durability, whileOpening ? " killed while opening" : "", ledger.acknowledgements());
    }

    private void awaitAcknowledgements(ChildJvm child, long wanted) {
        Awaitility.await()
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() ->
                        ledger.acknowledgements() >= wanted || !ledger.faults().isEmpty() || !child.isAlive());
        assertThat(child.isAlive()).as(child.describeOutput()).isTrue();
    }

    private ChildJvm startWarm(int round) {
        return ChildJvm.of("lone-" + round, LoneChild.class)
                .jvmArguments("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m")
                .onOtherLine(ledger::onLine)
                .start();
    }

    private void verifyInThisProcess() {
        try (KvStore store = LoneChild.open(directory.resolve("data"), Durability.PERIODIC)) {
            LoneChild.dump(LoneChild.map(store)).lines().forEach(ledger::onLine);
            ledger.settleDoubts();
        }
    }
}
