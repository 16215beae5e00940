package io.kvmesh.testkit.bench;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A JVM that was started from here and speaks in lines: commands go to its standard input, answers (lines that begin
 * with
 * {@value #ANSWER}) and log lines (beginning with {@value #LOG}) come from its standard output. Safe for any thread,
 * but
 * one thread at a time awaits answers.
 *
 * <p>A child that uses {@link ChildLink} ends when its input ends, so it does not outlive its parent.
 */
public final class ChildJvm implements AutoCloseable {
    /** What an answer begins with. */
    public static final String ANSWER = "@";
    /** What a log line begins with. */
    public static final String LOG = "LOG ";

    private static final int KEPT_LINES_MAX = 2_000;
    private static final int ANSWERS_MAX = 100_000;
    private static final Duration END_MAX = Duration.ofSeconds(10);
    private static final String END_OF_OUTPUT = "";
    private static final int READ_BYTES = 64 * 1024;
    private static final long POLL_NANOS = 500_000;

    private final String name;
    private final Process process;
    private final Path outputFile;
    private final Path errorFile;
    private final Consumer<String> onOther;
    private final Thread reader;
    private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>(ANSWERS_MAX);
    private final ArrayDeque<String> keptLines = new ArrayDeque<>();
    private final List<String> logLines = new ArrayList<>();

    private ChildJvm(Builder settings) throws IOException {
        name = settings.name;
        onOther = settings.onOther;
        outputFile = Files.createTempFile("kvmesh-" + name + "-", ".out");
        errorFile = Files.createTempFile("kvmesh-" + name + "-", ".err");
        process = new ProcessBuilder(settings.command())
                .redirectOutput(outputFile.toFile())
                .redirectError(errorFile.toFile())
                .start();
        reader = new Thread(this::readLines, "output of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    /** A JVM that will run this class's {@code main} with the class path of this JVM. */
    public static Builder of(String name, Class<?> main) {
        return new Builder(name, main);
    }

    /** Sends a command. It is lost if the process has ended. */
    public void send(String line) {
        try {
            OutputStream input = process.getOutputStream();
            input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            input.flush();
        } catch (IOException e) {
            remember("(could not send '" + line + "': " + e.getMessage() + ")");
        }
    }

    /**
     * Waits for the next answer of a kind and drops answers of other kinds.
     *
     * @param kind the first word of the answer, without {@value #ANSWER}
     * @return what follows the first word
     * @throws IllegalStateException if the process ends or the time is over before; the message shows what it said last
     */
    public String await(String kind, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        String wanted = ANSWER + kind;
        while (true) {
            String answer = poll(deadline - System.nanoTime());
            if (answer == null) {
                throw new IllegalStateException(
                        name + " gave no answer '" + kind + "' within " + timeout + describeOutput());
            }
            if (answer.equals(END_OF_OUTPUT)) {
                throw new IllegalStateException(name + " ended before it answered '" + kind + "'" + describeOutput());
            }
            if (answer.equals(wanted)) {
                return "";
            }
            if (answer.startsWith(wanted + " ")) {
                return answer.substring(wanted.length() + 1);
            }
        }
    }

    /** Sends a command and waits for the next answer of a kind. */
    public String ask(String command, String kind, Duration timeout) {
        send(command);
        return await(kind, timeout);
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Waits for the end of the process and of its output. */
    public int awaitExit(Duration timeout) {
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException(name + " did not end within " + timeout + describeOutput());
            }
            reader.join(END_MAX.toMillis());
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the end of " + name, e);
        }
    }

    /** Sends SIGKILL and does not wait for the end of the process. */
    public void destroy() {
        process.destroyForcibly();
    }

    /** Ends the process with SIGKILL and waits until it is gone and its output is read to the end. */
    public void kill() {
        destroy();
        awaitExit(END_MAX);
    }

    /** Sends a signal such as STOP or CONT. */
    public void signal(String signal) {
        try {
            int status = new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
                    .redirectErrorStream(true)
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("signal " + signal + " to " + name + " failed with status " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while signalling " + name, e);
        }
    }

    /** The log lines so far, without their mark. */
    public List<String> logLines() {
        synchronized (keptLines) {
            return List.copyOf(logLines);
        }
    }

    /** What the process wrote to its standard error so far. */
    public String errorOutput() {
        try {
            return Files.readString(errorFile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The last lines of both outputs, for an error message. */
    public String describeOutput() {
        StringBuilder text = new StringBuilder();
        synchronized (keptLines) {
            int skip = Math.max(0, keptLines.size() - 40);
            keptLines.stream()
                    .skip(skip)
                    .forEach(line ->
                            text.append("\n  ").append(name).append(": ").append(line));
        }
        String errors = errorOutput();
        if (!errors.isEmpty()) {
            text.append("\n  standard error of ").append(name).append(": ").append(errors);
        }
        return text.toString();
    }

    /** Ends the process if it still runs. */
    @Override
    public void close() {
        if (process.isAlive()) {
            process.destroyForcibly();
        }
        awaitExit(END_MAX);
        try {
            Files.deleteIfExists(outputFile);
            Files.deleteIfExists(errorFile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private @Nullable String poll(long nanos) {
        try {
            return answers.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + name, e);
        }
    }

    /**
     * Follows the file into which the process writes. A pipe would be simpler, but the JDK may lose the end of a pipe
     * whose process is killed while another thread reads it.
     */
    private void readLines() {
        try (FileChannel output = FileChannel.open(outputFile)) {
            LineSplitter lines = new LineSplitter(this::take);
            ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
            boolean more = true;
            while (more) {
                // Whether the process lives is asked before reading: what it wrote until its end is then read, too.
                boolean alive = process.isAlive();
                int count = output.read(buffer.clear());
                if (count > 0) {
                    lines.accept(buffer.array(), count);
                } else if (alive) {
                    LockSupport.parkNanos(POLL_NANOS);
                }
                more = alive || count > 0;
            }
        } catch (IOException | RuntimeException e) {
            remember("(reading the output failed: " + e + ")");
        } finally {
            boolean told = answers.offer(END_OF_OUTPUT);
            if (!told) {
                remember("(too many answers)");
            }
        }
    }

    private void take(String line) {
        if (line.startsWith(ANSWER)) {
            remember(line.length() > 400 ? line.substring(0, 400) + "..." : line);
            if (!answers.offer(line)) {
                remember("(too many answers, dropped: " + line + ")");
            }
        } else if (line.startsWith(LOG)) {
            remember(line);
            synchronized (keptLines) {
                if (logLines.size() < KEPT_LINES_MAX) {
                    logLines.add(line.substring(LOG.length()));
                }
            }
        } else {
            onOther.accept(line);
        }
    }

    private void remember(String line) {
        synchronized (keptLines) {
            if (keptLines.size() >= KEPT_LINES_MAX) {
                keptLines.removeFirst();
            }
            keptLines.addLast(line);
        }
    }

    /** Cuts a stream of bytes into lines. Confined to the reading thread. */
    private static final class LineSplitter {
        private final Consumer<String> onLine;
        private final ByteArrayOutputStream rest = new ByteArrayOutputStream();

        LineSplitter(Consumer<String> onLine) {
            this.onLine = onLine;
        }

        void accept(byte[] bytes, int count) {
            int start = 0;
            for (int i = 0; i < count; i++) {
                if (bytes[i] == '\n') {
                    rest.write(bytes, start, i - start);
                    onLine.accept(rest.toString(StandardCharsets.UTF_8));
                    rest.reset();
                    start = i + 1;
                }
            }
            rest.write(bytes, start, count - start);
        }
    }

    /** Collects how to start a JVM. Not safe for several threads. */
    public static final class Builder {
        private final String name;
        private final Class<?> main;
        private final List<String> jvmArguments = new ArrayList<>();
        private final List<String> arguments = new ArrayList<>();
        private Path javaHome = Path.of(System.getProperty("java.home"));
        private Consumer<String> onOther = line -> {};
        private String classPath = System.getProperty("java.class.path");

        private Builder(String name, Class<?> main) {
            this.name = name;
            this.main = main;
        }

        /** Which JDK to use. Default: the one of this JVM. */
        public Builder javaHome(Path value) {
            javaHome = value;
            return this;
        }

        public Builder jvmArguments(String... values) {
            jvmArguments.addAll(List.of(values));
            return this;
        }

        public Builder arguments(String... values) {
            arguments.addAll(List.of(values));
            return this;
        }

        /** Who gets the lines that are neither answers nor log lines, on the reading thread. Default: nobody. */
        public Builder onOtherLine(Consumer<String> value) {
            onOther = value;
            return this;
        }

        /** A directory whose classes take the place of those of the same names. */
        public Builder classesFirst(Path directory) {
            classPath = directory + File.pathSeparator + classPath;
            return this;
        }

        public ChildJvm start() {
            try {
                return new ChildJvm(this);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot start " + name, e);
            }
        }

        private List<String> command() {
            List<String> command = new ArrayList<>();
            command.add(javaHome.resolve("bin").resolve("java").toString());
            command.addAll(jvmArguments);
            command.add("-Dlogback.configurationFile=io/kvmesh/testkit/bench/child-logback.xml");
            command.add("-cp");
            command.add(classPath);
            command.add(main.getName());
            command.addAll(arguments);
            return command;
        }
    }
}
