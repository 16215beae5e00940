package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.testkit.bench.ChildJvm;
import io.kvmesh.testkit.bench.LocalPorts;
import io.kvmesh.testkit.bench.Words;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** Three members in processes of their own, and what was acknowledged to their writers. Used by one thread. */
final class MeshProcesses implements AutoCloseable {
    static final int MEMBERS = 3;
    static final int PARTITIONS = 256;
    static final Duration PATIENCE = Duration.ofSeconds(40);

    private static final int WRITERS_PER_MEMBER = MeshChild.SCRIPT.writers() / MEMBERS;

    private final Path directory;
    private final Path javaHome;
    private final List<Integer> ports = LocalPorts.free(MEMBERS);
    private final List<ChildJvm> members = new ArrayList<>();
    private final Ledger ledger = new Ledger(MeshChild.SCRIPT);

    MeshProcesses(Path directory) {
        this(directory, Path.of(System.getProperty("java.home")));
    }

    MeshProcesses(Path directory, Path javaHome) {
        this.directory = directory;
        this.javaHome = javaHome;
    }

    /** Starts all members. Returns the longest time from the start of a JVM to its member being ready. */
    long start() {
        for (int i = 0; i < MEMBERS; i++) {
            members.add(startMember(i));
        }
        long longest = 0;
        for (ChildJvm member : members) {
            longest = Math.max(longest, Long.parseLong(member.await("ready", PATIENCE)));
        }
        return longest;
    }

    /** Starts a member again from its directory. Returns the time from the start of its JVM to its being ready. */
    long restart(int number) {
        members.get(number).close();
        members.set(number, startMember(number));
        return Long.parseLong(members.get(number).await("ready", PATIENCE));
    }

    ChildJvm member(int number) {
        return members.get(number);
    }

    String address(int number) {
        return "127.0.0.1:" + ports.get(number);
    }

    Ledger ledger() {
        return ledger;
    }

    void startWriters(int number) {
        List<Integer> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS_PER_MEMBER; i++) {
            writers.add(number * WRITERS_PER_MEMBER + i);
        }
        String names = String.join(",", writers.stream().map(String::valueOf).toList());
        members.get(number).send("write writers=" + names + " sequences=" + ledger.resumeWriters(writers));
    }

    Map<String, String> pauseWriters(int number) {
        return Words.parse(members.get(number).ask("pause", "paused", PATIENCE));
    }

    /** Lets one member read all keys at QUORUM; the ledger judges them. */
    void readAllThrough(int number) {
        members.get(number).ask("dump", "dumped", PATIENCE);
        assertThat(ledger.faults())
                .as("read through member %d%s", number, members.get(number).describeOutput())
                .isEmpty();
    }

    /** What one member believes of another. */
    String stateSeenBy(int observer, int subject) {
        String states = members.get(observer).ask("members", "members", PATIENCE);
        return Words.parse(states).getOrDefault(address(subject), "UNKNOWN");
    }

    void awaitAllAlive(Duration atMost) {
        Awaitility.await().atMost(atMost).pollInterval(Duration.ofMillis(50)).until(() -> {
            for (int observer = 0; observer < MEMBERS; observer++) {
                for (int subject = 0; subject < MEMBERS; subject++) {
                    if (!stateSeenBy(observer, subject).equals("ALIVE")) {
                        return false;
                    }
                }
            }
            return true;
        });
    }

    void awaitAcknowledgements(long more) {
        long wanted = ledger.acknowledgements() + more;
        Awaitility.await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() ->
                        ledger.acknowledgements() >= wanted || !ledger.faults().isEmpty());
        assertThat(ledger.faults()).isEmpty();
    }

    /** Stops all members in order and expects them to end well and to have written nothing to their standard error. */
    void stop() {
        members.forEach(member -> member.send("stop"));
        for (ChildJvm member : members) {
            assertThat(member.awaitExit(PATIENCE)).as(member.describeOutput()).isZero();
            assertThat(member.errorOutput()).isEmpty();
        }
    }

    @Override
    public void close() {
        members.forEach(ChildJvm::close);
    }

    private ChildJvm startMember(int number) {
        return ChildJvm.of("member-" + number, MeshChild.class)
                .javaHome(javaHome)
                .jvmArguments("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m")
                .jvmArguments("-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED")
                .arguments("directory=" + directory.resolve("member-" + number), "cluster=test")
                .arguments("port=" + ports.get(number), "seeds=" + LocalPorts.addresses(ports))
                .arguments("expect=" + MEMBERS, "partitions=" + PARTITIONS, "joinMillis=30000")
                .onOtherLine(ledger::onLine)
                .start();
    }
}
