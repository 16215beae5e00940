package io.kvmesh.testkit.process;

import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.bench.Words;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Does harm to a mesh whose members all write, a round at a time, and verifies after each. Used by one thread.
 *
 * <ol>
 *   <li>A round kills one member, stops one, or kills all at once, while the writers go on.
 *   <li>When all members see each other again, the writers pause and a member reads all keys at QUORUM.
 *   <li>The ledger tells whether what was read may be so.
 * </ol>
 */
public final class TortureRun {
    private static final Duration NOTICED_MAX = Duration.ofSeconds(30);
    private static final Duration RETURN_MAX = Duration.ofSeconds(60);
    private static final int ACKNOWLEDGEMENTS_MIN = 100;
    private static final int ACKNOWLEDGEMENTS_MORE = 1_500;
    private static final int AGAIN_ONE_OF = 3;
    private static final long STARTING_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(1_500);
    private static final long STOP_MORE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final MeshProcesses mesh;
    private final RandomSource random;
    private final PrintStream out;
    private int rounds;
    private int kills;
    private int stops;
    private long calls;
    private long failedCalls;
    private long unknownCalls;

    public TortureRun(MeshProcesses mesh, RandomSource random, PrintStream out) {
        this.mesh = mesh;
        this.random = random;
        this.out = out;
    }

    /** Starts the members and their writers. */
    public void start() {
        out.println("members ready after " + mesh.start() + " ms");
        mesh.awaitAllAlive(RETURN_MAX);
        for (int i = 0; i < MeshProcesses.MEMBERS; i++) {
            mesh.continueWriters(i);
        }
    }

    /** Plays a round of a kind drawn at random. */
    public void anyRound() {
        int draw = random.nextInt(10);
        if (draw < 6) {
            killOne();
        } else if (draw < 8) {
            stopOne();
        } else {
            killAll();
        }
    }

    /** Kills one member and starts it again, perhaps killing it again while it starts or just after. */
    public void killOne() {
        int victim = random.nextInt(MeshProcesses.MEMBERS);
        write();
        kill(victim);
        String text = "killed member " + victim;
        if (random.nextInt(2) == 0) {
            // Long enough that the others notice, or not: both must work.
            write();
        }
        mesh.launch(victim);
        if (random.nextInt(AGAIN_ONE_OF) == 0) {
            LockSupport.parkNanos(random.nextLong(STARTING_NANOS_MAX));
            kill(victim);
            mesh.launch(victim);
            text += ", again while it started";
        }
        long readyMillis = mesh.awaitReady(victim);
        if (random.nextInt(AGAIN_ONE_OF) == 0) {
            kill(victim);
            mesh.launch(victim);
            readyMillis = mesh.awaitReady(victim);
            text += ", again before all saw it";
        }
        mesh.startWriters(victim);
        verify(text + "; ready after " + readyMillis + " ms");
    }

    /** Stops one member until the others take it for gone, and lets it go on. */
    public void stopOne() {
        int victim = random.nextInt(MeshProcesses.MEMBERS);
        write();
        mesh.member(victim).signal("STOP");
        stops++;
        long startNanos = System.nanoTime();
        for (int observer = 0; observer < MeshProcesses.MEMBERS; observer++) {
            int other = observer;
            if (other != victim) {
                Patience.await(
                        "that member " + other + " suspects the stopped member " + victim,
                        NOTICED_MAX,
                        () -> !mesh.stateSeenBy(other, victim).equals("ALIVE"));
            }
        }
        long noticedMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
        write();
        LockSupport.parkNanos(random.nextLong(STOP_MORE_NANOS));
        List<Integer> writers = mesh.writersOf(victim);
        List<Long> before = writers.stream().map(mesh.ledger()::lastSequence).toList();
        mesh.member(victim).signal("CONT");
        for (int i = 0; i < writers.size(); i++) {
            int writer = writers.get(i);
            // One acknowledgement may have been on its way when the process was stopped.
            long wanted = before.get(i) + 2;
            Patience.await(
                    "that writer " + writer + " goes on after the stop",
                    RETURN_MAX,
                    () -> mesh.ledger().lastSequence(writer) >= wanted);
        }
        verify("stopped member " + victim + ", noticed after " + noticedMillis + " ms");
    }

    /** Kills all members at the same moment and starts them again. */
    public void killAll() {
        write();
        mesh.killAll();
        kills += MeshProcesses.MEMBERS;
        for (int i = 0; i < MeshProcesses.MEMBERS; i++) {
            mesh.launch(i);
        }
        long readyMillis = mesh.awaitAllReady();
        for (int i = 0; i < MeshProcesses.MEMBERS; i++) {
            mesh.startWriters(i);
        }
        verify("killed all members; ready after " + readyMillis + " ms");
    }

    /** Reads all keys through every member, then stops them all in order. */
    public void finish() {
        pauseAll();
        for (int i = 0; i < MeshProcesses.MEMBERS; i++) {
            mesh.readAllThrough(i);
        }
        mesh.stop();
    }

    /** What happened so far, as words. */
    public String result() {
        Ledger ledger = mesh.ledger();
        double availability = calls == 0 ? 0 : (double) (calls - failedCalls) / calls;
        return String.format(
                Locale.ROOT,
                "rounds=%d kills=%d stops=%d writes=%d unknown=%d lost=%d wrong=%d availability=%.4f",
                rounds,
                kills,
                stops,
                ledger.acknowledgements(),
                unknownCalls + ledger.doubts(),
                ledger.lost(),
                ledger.wrong(),
                availability);
    }

    private void write() {
        mesh.awaitAcknowledgements(ACKNOWLEDGEMENTS_MIN + random.nextInt(ACKNOWLEDGEMENTS_MORE));
    }

    private void kill(int victim) {
        mesh.member(victim).kill();
        kills++;
    }

    private void verify(String text) {
        mesh.awaitAllAlive(RETURN_MAX);
        write();
        pauseAll();
        mesh.readAllThrough(random.nextInt(MeshProcesses.MEMBERS));
        rounds++;
        out.printf(
                "round %d: %s; %d acknowledged, %d reads verified%n",
                rounds, text, mesh.ledger().acknowledgements(), mesh.ledger().reads());
        for (int i = 0; i < MeshProcesses.MEMBERS; i++) {
            mesh.continueWriters(i);
        }
    }

    private void pauseAll() {
        for (int i = 0; i < MeshProcesses.MEMBERS; i++) {
            Map<String, String> report = mesh.pauseWriters(i);
            calls += Words.number(report, "calls");
            failedCalls += Words.number(report, "failed");
            unknownCalls += Words.number(report, "unknown");
        }
    }
}
