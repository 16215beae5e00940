package io.kvmesh.testkit.process;

import io.kvmesh.runtime.RandomSource;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Does harm to a mesh whose members all write, a round at a time, and verifies after each. Used by one thread.
 *
 * <ol>
 *   <li>A round kills or stops one member or two, or kills all at once, for a while, and the writers of the others go
 *       on.
 *   <li>When all members see each other again, the writers pause and a member reads all keys at QUORUM.
 *   <li>The ledger tells whether what was read may be so.
 * </ol>
 *
 * <p>What share of the calls succeeded while one member was down is counted at the others, from the moment of the harm
 * until all members see each other again.
 */
public final class TortureRun {
    private static final Duration NOTICED_MAX = Duration.ofSeconds(30);
    private static final Duration RETURN_MAX = Duration.ofSeconds(60);
    private static final int ACKNOWLEDGEMENTS_MIN = 100;
    private static final int ACKNOWLEDGEMENTS_MORE = 1_500;
    private static final int AGAIN_ONE_OF = 3;
    private static final long STARTING_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(1_500);

    private final MeshProcesses mesh;
    private final RandomSource random;
    private final long downNanosMax;
    private final PrintStream out;
    private final MeshTally tally;
    private CallTally oneDown = CallTally.NONE;
    private int rounds;
    private int kills;
    private int stops;

    /** @param downMax how long members are down at most, beside the time that their end and start take */
    public TortureRun(MeshProcesses mesh, RandomSource random, Duration downMax, PrintStream out) {
        this.mesh = mesh;
        this.random = random;
        this.downNanosMax = downMax.toNanos();
        this.out = out;
        tally = new MeshTally(mesh);
    }

    /** Starts the members and their writers. */
    public void start() {
        out.println("members ready after " + mesh.start() + " ms");
        mesh.awaitAllAlive(RETURN_MAX);
        for (int i = 0; i < mesh.size(); i++) {
            mesh.continueWriters(i);
        }
    }

    /** Plays a round of a kind drawn at random. */
    public void anyRound() {
        int draw = random.nextInt(10);
        if (draw < 5) {
            killOne();
        } else if (draw < 7) {
            stopOne();
        } else if (draw < 8) {
            killTwo();
        } else if (draw < 9) {
            stopTwo();
        } else {
            killAll();
        }
    }

    /** Kills one member and starts it again, perhaps killing it again while it starts or just after. */
    public void killOne() {
        int victim = random.nextInt(mesh.size());
        List<Integer> survivors = allBut(List.of(victim));
        write();
        CallTally before = tally.sample(survivors);
        kill(victim);
        String text = "killed member " + victim;
        if (random.nextInt(AGAIN_ONE_OF) > 0) {
            // Long enough that the others notice, or not: both must work.
            stayDown();
        }
        mesh.launch(victim);
        if (random.nextInt(AGAIN_ONE_OF) == 0) {
            LockSupport.parkNanos(random.nextLong(STARTING_NANOS_MAX));
            killUnasked(victim);
            mesh.launch(victim);
            text += ", again while it started";
        }
        long readyMillis = mesh.awaitReady(victim);
        if (random.nextInt(AGAIN_ONE_OF) == 0) {
            killUnasked(victim);
            mesh.launch(victim);
            readyMillis = mesh.awaitReady(victim);
            text += ", again before all saw it";
        }
        mesh.startWriters(victim);
        mesh.awaitAllAlive(RETURN_MAX);
        verify(text + "; ready after " + readyMillis + " ms; " + countOneDown(survivors, before));
    }

    /** Stops one member until the others take it for gone, and lets it go on. */
    public void stopOne() {
        int victim = random.nextInt(mesh.size());
        List<Integer> survivors = allBut(List.of(victim));
        write();
        CallTally before = tally.sample(survivors);
        stop(victim);
        long startNanos = System.nanoTime();
        for (int observer : survivors) {
            Patience.await(
                    "that member " + observer + " suspects the stopped member " + victim,
                    NOTICED_MAX,
                    () -> !mesh.stateSeenBy(observer, victim).equals("ALIVE"));
        }
        long noticedMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
        write();
        stayDown();
        goOn(victim);
        mesh.awaitAllAlive(RETURN_MAX);
        verify("stopped member " + victim + ", noticed after " + noticedMillis + " ms; "
                + countOneDown(survivors, before));
    }

    /** Kills two members at about the same moment, and starts them again one after the other. */
    public void killTwo() {
        List<Integer> victims = twoMembers();
        write();
        tally.sample(allMembers());
        victims.forEach(this::kill);
        stayDown();
        victims.forEach(mesh::launch);
        for (int victim : victims) {
            mesh.awaitReady(victim);
        }
        victims.forEach(mesh::startWriters);
        mesh.awaitAllAlive(RETURN_MAX);
        verify("killed members " + victims);
    }

    /** Stops two members for a while. */
    public void stopTwo() {
        List<Integer> victims = twoMembers();
        write();
        victims.forEach(this::stop);
        stayDown();
        victims.forEach(this::goOn);
        mesh.awaitAllAlive(RETURN_MAX);
        verify("stopped members " + victims);
    }

    /** Kills all members at the same moment and starts them again. */
    public void killAll() {
        write();
        List<Integer> all = allMembers();
        tally.sample(all);
        mesh.killAll();
        all.forEach(tally::onEnd);
        kills += mesh.size();
        all.forEach(mesh::launch);
        long readyMillis = mesh.awaitAllReady();
        all.forEach(mesh::startWriters);
        mesh.awaitAllAlive(RETURN_MAX);
        verify("killed all members; ready after " + readyMillis + " ms");
    }

    /** Reads all keys through every member, then stops them all in order. */
    public void finish() {
        pauseAll();
        tally.sample(allMembers());
        allMembers().forEach(mesh::readAllThrough);
        mesh.stop();
    }

    /** What happened so far, as words. */
    public String result() {
        Ledger ledger = mesh.ledger();
        CallTally total = tally.total();
        return String.format(
                Locale.ROOT,
                "members=%d rounds=%d kills=%d stops=%d operations=%d acknowledged=%d unknown=%d lost=%d wrong=%d "
                        + "undocumented=%d failures=%s operations_one_down=%d availability_one_down=%.5f",
                mesh.size(),
                rounds,
                kills,
                stops,
                total.calls(),
                ledger.acknowledgements(),
                total.unknown() + ledger.doubts(),
                ledger.lost(),
                ledger.wrong(),
                ledger.undocumented(),
                total.failuresText(),
                oneDown.calls(),
                oneDown.availability());
    }

    private List<Integer> allMembers() {
        return allBut(List.of());
    }

    private List<Integer> allBut(List<Integer> absent) {
        List<Integer> members = new ArrayList<>();
        for (int i = 0; i < mesh.size(); i++) {
            if (!absent.contains(i)) {
                members.add(i);
            }
        }
        return members;
    }

    private List<Integer> twoMembers() {
        TreeSet<Integer> two = new TreeSet<>();
        while (two.size() < 2) {
            two.add(random.nextInt(mesh.size()));
        }
        return List.copyOf(two);
    }

    private void write() {
        mesh.awaitAcknowledgements(ACKNOWLEDGEMENTS_MIN + random.nextInt(ACKNOWLEDGEMENTS_MORE));
    }

    private void stayDown() {
        LockSupport.parkNanos(random.nextLong(downNanosMax));
    }

    private void kill(int victim) {
        tally.sample(List.of(victim));
        killUnasked(victim);
    }

    /** Kills a member that may not be able to answer. */
    private void killUnasked(int victim) {
        mesh.member(victim).kill();
        tally.onEnd(victim);
        kills++;
    }

    private void stop(int victim) {
        mesh.member(victim).signal("STOP");
        stops++;
    }

    /** Lets a stopped member go on, and waits until its writers do. */
    private void goOn(int victim) {
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
    }

    private String countOneDown(List<Integer> survivors, CallTally before) {
        CallTally during = tally.sample(survivors).since(before);
        oneDown = oneDown.plus(during);
        return during.failed() + " of " + during.calls() + " calls of the others failed";
    }

    private void verify(String text) {
        write();
        pauseAll();
        tally.sample(allMembers());
        mesh.readAllThrough(random.nextInt(mesh.size()));
        rounds++;
        out.printf(
                "round %d: %s; %d acknowledged, %d reads verified%n",
                rounds, text, mesh.ledger().acknowledgements(), mesh.ledger().reads());
        allMembers().forEach(mesh::continueWriters);
    }

    private void pauseAll() {
        allMembers().forEach(mesh::pauseWriters);
    }
}
