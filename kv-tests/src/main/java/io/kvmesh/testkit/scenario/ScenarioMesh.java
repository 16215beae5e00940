package io.kvmesh.testkit.scenario;

import io.kvmesh.testkit.bench.ChildJvm;
import io.kvmesh.testkit.bench.LocalPorts;
import io.kvmesh.testkit.bench.Words;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Members in JVMs of their own, in a directory of their own that is deleted with them. Used by one thread, except that
 * any thread may close it.
 */
final class ScenarioMesh implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);
    /** For what reads or writes all records. */
    static final Duration LONG_PATIENCE = Duration.ofMinutes(20);

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Path directory;
    private final List<Integer> ports;
    private final List<String> arguments;
    private final TreeMap<Integer, ChildJvm> members = new TreeMap<>();
    private final TreeMap<Integer, String> identities = new TreeMap<>();
    private boolean closed;

    /**
     * @param places for how many members there are addresses
     * @param arguments further words for all members
     */
    ScenarioMesh(int places, String... arguments) {
        try {
            directory = Files.createTempDirectory("kvmesh-scenario-");
        } catch (IOException e) {
            throw new UncheckedIOException("no directory for the members", e);
        }
        ports = LocalPorts.free(places);
        this.arguments = List.of(arguments);
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "scenario-clean-up"));
    }

    /** Starts members together and waits until all are ready. */
    void startFirst(int count, String... more) {
        for (int number = 0; number < count; number++) {
            launch(number, count, more);
        }
        for (int number = 0; number < count; number++) {
            awaitReady(number);
        }
    }

    /** Starts the process of a member and does not wait for it. */
    void launch(int number, int expected, String... more) {
        ChildJvm member = ChildJvm.of("member-" + number, ScenarioMember.class)
                .jvmArguments("-XX:+UseSerialGC", "-Xmx512m", "-XX:+IgnoreUnrecognizedVMOptions")
                .jvmArguments("--enable-native-access=ALL-UNNAMED")
                .arguments("directory=" + directoryOf(number), "port=" + ports.get(number))
                .arguments("seeds=" + LocalPorts.addresses(ports), "expect=" + expected)
                .arguments(arguments.toArray(String[]::new))
                .arguments(more)
                .start();
        synchronized (members) {
            if (closed) {
                member.close();
                throw new IllegalStateException("the mesh was closed");
            }
            members.put(number, member);
        }
    }

    void awaitReady(int number) {
        identities.put(number, member(number).await("ready", PATIENCE));
    }

    Path directoryOf(int number) {
        return directory.resolve("member-" + number);
    }

    /** The identity of a member that was ready once. */
    String identity(int number) {
        String identity = identities.get(number);
        if (identity == null) {
            throw new IllegalStateException("member " + number + " was never ready");
        }
        return identity;
    }

    /** Ends a member's process with SIGKILL. */
    void kill(int number) {
        ChildJvm member;
        synchronized (members) {
            member = members.remove(number);
        }
        if (member == null) {
            throw new IllegalStateException("member " + number + " does not run");
        }
        member.close();
    }

    ChildJvm member(int number) {
        synchronized (members) {
            ChildJvm member = members.get(number);
            if (member == null) {
                throw new IllegalStateException("member " + number + " does not run");
            }
            return member;
        }
    }

    /** Gives a command and waits for its end. */
    Map<String, String> ask(int number, String command) {
        return Words.parse(text(number, command));
    }

    String text(int number, String command) {
        return member(number).ask(command, command.split(" ", 2)[0], LONG_PATIENCE);
    }

    /** Gives a command to several members and waits for the end of all. */
    List<Map<String, String>> askAll(List<Integer> numbers, String command) {
        numbers.forEach(number -> member(number).send(command));
        List<Map<String, String>> answers = new ArrayList<>();
        String verb = command.split(" ", 2)[0];
        for (int number : numbers) {
            answers.add(Words.parse(member(number).await(verb, LONG_PATIENCE)));
        }
        return answers;
    }

    /** Shares the records among some members, which will read and write them. */
    void share(List<Integer> numbers, int records, int valueBytes) {
        for (int i = 0; i < numbers.size(); i++) {
            ask(
                    numbers.get(i),
                    "records count=" + records + " first=" + i + " step=" + numbers.size() + " bytes=" + valueBytes);
        }
    }

    /** What one member believes of another: state, standing and share of the ring. */
    String opinion(int observer, int subject) {
        return ask(observer, "members").getOrDefault(identity(subject), "UNKNOWN");
    }

    void await(String what, Duration atMost, BooleanSupplier condition) {
        long deadlineNanos = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new IllegalStateException("not within " + atMost.toSeconds() + " s: " + what);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Lets time pass. */
    static void pass(Duration span) {
        long endNanos = System.nanoTime() + span.toNanos();
        long rest = span.toNanos();
        while (rest > 0) {
            LockSupport.parkNanos(rest);
            rest = endNanos - System.nanoTime();
        }
    }

    /** Ends all processes and deletes their files. Idempotent. */
    @Override
    public void close() {
        synchronized (members) {
            if (closed) {
                return;
            }
            closed = true;
            members.values().forEach(ChildJvm::close);
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (NoSuchFileException e) {
            // Gone already, which is what was wanted.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + directory, e);
        }
    }
}
