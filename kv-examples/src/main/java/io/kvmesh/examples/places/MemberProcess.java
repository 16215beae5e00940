package io.kvmesh.examples.places;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The driver's end of one member's process. Confined to the driver's thread, except that a thread of its own turns the
 * lines of the process into events, and that {@link #kill()} may be called from anywhere.
 */
final class MemberProcess {
    /** What is told of a process that has ended. */
    static final String EXITED = "EXITED";

    private final int number;
    private final MemberSettings settings;
    private final Path log;
    private final Queue<Event> events;
    private final Process process;
    private final Writer input;
    private final long startNanos = System.nanoTime();
    private final long startMillis = System.currentTimeMillis();
    private final Set<String> said = new TreeSet<>();
    private @Nullable String id;
    private boolean exitExpected;

    /** Something that a member said, or that its process has ended. */
    record Event(MemberProcess member, Line line) {}

    private MemberProcess(int number, MemberSettings settings, Path log, Queue<Event> events, Process process) {
        this.number = number;
        this.settings = settings;
        this.log = log;
        this.events = events;
        this.process = process;
        this.input = process.outputWriter(StandardCharsets.UTF_8);
    }

    static MemberProcess start(int number, MemberSettings settings, Path log, Queue<Event> events) {
        ProcessBuilder builder = new ProcessBuilder(
                        ChildJvm.command(PlacesMember.class, settings.toLine().toString()))
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        try {
            MemberProcess member = new MemberProcess(number, settings, log, events, builder.start());
            Thread reader = new Thread(member::readAnswers, "member-" + number);
            reader.setDaemon(true);
            reader.start();
            return member;
        } catch (IOException e) {
            throw new JobFailedException("member " + number + " cannot be started: " + e.getMessage(), e);
        }
    }

    /** Starts a member again from its directory, on its port. Its process must have ended. */
    MemberProcess startAgain() {
        return start(number, settings, log, events);
    }

    void send(Line command) {
        try {
            input.write(command + "\n");
            input.flush();
        } catch (IOException e) {
            throw new JobFailedException("member " + number + " does not listen any more; its log is " + log, e);
        }
    }

    /** Ends the process with SIGKILL, without any chance to tidy up. */
    void kill() {
        process.destroyForcibly();
    }

    void expectExit() {
        exitExpected = true;
    }

    boolean isExitExpected() {
        return exitExpected;
    }

    /** Waits until the process has ended, after {@link #kill()}. */
    void awaitEnd() throws InterruptedException {
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            throw new JobFailedException("process " + process.pid() + " of member " + number + " does not end");
        }
    }

    int number() {
        return number;
    }

    int port() {
        return settings.port();
    }

    Path log() {
        return log;
    }

    long startMillis() {
        return startMillis;
    }

    double secondsSinceStart() {
        return (System.nanoTime() - startNanos) / 1e9;
    }

    /** The processor time that the process has used so far; empty once it has ended. */
    Optional<Duration> cpuTime() {
        return process.toHandle().info().totalCpuDuration();
    }

    /** The identity of the member in the ring, which it tells when it is ready. */
    String id() {
        if (id == null) {
            throw new JobFailedException("member " + number + " has not told its identity yet");
        }
        return id;
    }

    void setId(String value) {
        id = value;
    }

    /** Remembers that the member has said this, whatever came with it. */
    void addSaid(String verb) {
        said.add(verb);
    }

    boolean hasSaid(String verb) {
        return said.contains(verb);
    }

    private void readAnswers() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                events.add(new Event(this, Line.parse(line)));
            }
            events.add(new Event(this, Line.of(EXITED).with("status", process.waitFor())));
        } catch (IOException | RuntimeException | InterruptedException e) {
            events.add(new Event(this, Line.of("FAILED").with("reason", "cannot be understood: " + e)));
        }
    }
}
