package io.kvmesh.testkit.process;

import io.kvmesh.testkit.bench.ChildJvm;
import io.kvmesh.testkit.bench.LocalPorts;
import io.kvmesh.testkit.bench.Words;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Members in processes of their own, three unless told otherwise, and what was acknowledged to their writers. Used by
 * one thread, except that any thread may close it.
 */
public final class MeshProcesses implements AutoCloseable {
    public static final int MEMBERS = 3;
    public static final int PARTITIONS = 256;
    public static final Duration PATIENCE = Duration.ofSeconds(40);

    private final Path directory;
    private final Path javaHome;
    private final List<String> writes;
    private final List<Integer> ports;
    /** Guarded by its own monitor, for the thread that closes. */
    private final List<ChildJvm> members = new ArrayList<>();

    private final Ledger ledger;
    /** Guarded by the monitor of the members. */
    private boolean closed;

    public MeshProcesses(Path directory) {
        this(directory, Path.of(System.getProperty("java.home")));
    }

    public MeshProcesses(Path directory, Path javaHome) {
        this(directory, javaHome, Collections.nCopies(MEMBERS, "QUORUM"));
    }

    /** @param writes the consistency level of each member's writes, and so how many members there are */
    public MeshProcesses(Path directory, Path javaHome, List<String> writes) {
        this.directory = directory;
        this.javaHome = javaHome;
        this.writes = List.copyOf(writes);
        ports = LocalPorts.free(writes.size());
        ledger = new Ledger(MeshChild.script(writes.size()));
    }

    /** So many members that write at QUORUM. */
    public static MeshProcesses of(int size, Path directory) {
        return new MeshProcesses(
                directory, Path.of(System.getProperty("java.home")), Collections.nCopies(size, "QUORUM"));
    }

    public int size() {
        return writes.size();
    }

    /** Starts all members. Returns the longest time from the start of a JVM to its member being ready. */
    public long start() {
        synchronized (members) {
            for (int i = 0; i < size(); i++) {
                members.add(startMember(i));
            }
        }
        return awaitAllReady();
    }

    /** Starts a member again from its directory. Returns the time from the start of its JVM to its being ready. */
    public long restart(int number) {
        launch(number);
        return awaitReady(number);
    }

    /** Starts the process of a member again, after ending the one it had, and does not wait for the member. */
    public void launch(int number) {
        synchronized (members) {
            members.get(number).close();
            members.set(number, startMember(number));
        }
    }

    /** Waits for a member that was launched. Returns the time from the start of its JVM. */
    public long awaitReady(int number) {
        return Long.parseLong(member(number).await("ready", PATIENCE));
    }

    public long awaitAllReady() {
        long longest = 0;
        for (int i = 0; i < size(); i++) {
            longest = Math.max(longest, awaitReady(i));
        }
        return longest;
    }

    /** Ends all processes with SIGKILL at the same moment. */
    public void killAll() {
        for (int i = 0; i < size(); i++) {
            member(i).destroy();
        }
        for (int i = 0; i < size(); i++) {
            member(i).kill();
        }
    }

    public ChildJvm member(int number) {
        synchronized (members) {
            return members.get(number);
        }
    }

    public String address(int number) {
        return "127.0.0.1:" + ports.get(number);
    }

    public Ledger ledger() {
        return ledger;
    }

    /** The numbers of a member's writers. */
    public List<Integer> writersOf(int member) {
        List<Integer> writers = new ArrayList<>();
        for (int i = 0; i < MeshChild.WRITERS_PER_MEMBER; i++) {
            writers.add(member * MeshChild.WRITERS_PER_MEMBER + i);
        }
        return writers;
    }

    /** Starts the writers of a member, whose operations under way may have got lost with the process they had. */
    public void startWriters(int number) {
        sendWrite(number, ledger.resumeWriters(writersOf(number)));
    }

    /** Starts the writers of a member that were paused. */
    public void continueWriters(int number) {
        sendWrite(number, ledger.nextSequences(writersOf(number)));
    }

    private void sendWrite(int number, String sequences) {
        String names =
                String.join(",", writersOf(number).stream().map(String::valueOf).toList());
        member(number).send("write writers=" + names + " sequences=" + sequences);
    }

    public Map<String, String> pauseWriters(int number) {
        return Words.parse(member(number).ask("pause", "paused", PATIENCE));
    }

    /** The calls of a member's writers since its process began. */
    CallTally calls(int number) {
        return CallTally.parse(Words.parse(member(number).ask("calls", "calls", PATIENCE)));
    }

    /** Lets one member read all keys at QUORUM; the ledger judges them. */
    public void readAllThrough(int number) {
        member(number).ask("dump", "dumped", PATIENCE);
        requireNoFault("read through member " + number + member(number).describeOutput());
    }

    /** What one member believes of another. */
    public String stateSeenBy(int observer, int subject) {
        String states = member(observer).ask("members", "members", PATIENCE);
        return Words.parse(states).getOrDefault(address(subject), "UNKNOWN");
    }

    public void awaitAllAlive(Duration atMost) {
        Patience.await("that all members see each other alive", atMost, this::allAlive);
    }

    private boolean allAlive() {
        for (int observer = 0; observer < size(); observer++) {
            for (int subject = 0; subject < size(); subject++) {
                if (!stateSeenBy(observer, subject).equals("ALIVE")) {
                    return false;
                }
            }
        }
        return true;
    }

    public void awaitAcknowledgements(long more) {
        long wanted = ledger.acknowledgements() + more;
        Patience.await(
                "that " + more + " more writes are acknowledged",
                PATIENCE,
                () -> ledger.acknowledgements() >= wanted || !ledger.faults().isEmpty());
        requireNoFault("while writing");
    }

    private void requireNoFault(String when) {
        List<String> faults = ledger.faults();
        if (!faults.isEmpty()) {
            throw new IllegalStateException(String.join("\n", faults) + "\n" + when);
        }
    }

    /** Stops all members in order and expects them to end well and to have written nothing to their standard error. */
    public void stop() {
        for (int i = 0; i < size(); i++) {
            member(i).send("stop");
        }
        for (int i = 0; i < size(); i++) {
            ChildJvm member = member(i);
            int status = member.awaitExit(PATIENCE);
            if (status != 0 || !member.errorOutput().isEmpty()) {
                throw new IllegalStateException(
                        "member " + i + " ended with status " + status + member.describeOutput());
            }
        }
    }

    /** Ends all processes, also those that are stopped; no further one is started. */
    @Override
    public void close() {
        synchronized (members) {
            closed = true;
            members.forEach(ChildJvm::close);
        }
    }

    private ChildJvm startMember(int number) {
        if (closed) {
            throw new IllegalStateException("the mesh was closed");
        }
        return ChildJvm.of("member-" + number, MeshChild.class)
                .javaHome(javaHome)
                .jvmArguments("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m")
                .jvmArguments("-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED")
                .arguments("directory=" + directory.resolve("member-" + number), "cluster=test")
                .arguments("port=" + ports.get(number), "seeds=" + LocalPorts.addresses(ports))
                .arguments("expect=" + size(), "partitions=" + PARTITIONS, "joinMillis=30000")
                .arguments("writes=" + writes.get(number))
                .onOtherLine(ledger::onLine)
                .start();
    }
}
