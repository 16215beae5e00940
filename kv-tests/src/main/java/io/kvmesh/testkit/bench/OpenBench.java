package io.kvmesh.testkit.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Opens a store in fresh JVMs, measures how long that takes and checks that it is quiet. Confined to one thread. */
public final class OpenBench {
    private static final Path JDKS = Path.of("/usr/lib/jvm");
    private static final Duration PROBE_MAX = Duration.ofSeconds(60);

    private final OpenOptions options;
    private final PrintStream out;
    private int faults;

    OpenBench(OpenOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    /**
     * What one fresh JVM did. Immutable.
     *
     * @param mainMicros from the start of {@code main}, once logging is up, to the end of the first put
     * @param jvmMillis from the start of the JVM to the end of the first put
     * @param faults a sentence each, for what should not have happened
     */
    public record Probe(long mainMicros, long jvmMillis, List<String> faults) {}

    /** A JDK 25 on this machine, if there is one where packages install it. */
    public static Optional<Path> findJdk25() throws IOException {
        if (!Files.isDirectory(JDKS)) {
            return Optional.empty();
        }
        try (Stream<Path> homes = Files.list(JDKS)) {
            return homes.filter(home -> home.getFileName().toString().contains("25"))
                    .filter(home -> Files.isExecutable(home.resolve("bin").resolve("java")))
                    .sorted()
                    .findFirst();
        }
    }

    /** Opens a store once, in a JVM that ends before this returns. */
    public static Probe probe(Path javaHome) throws IOException {
        Path directory = Files.createTempDirectory("kvmesh-open-");
        try (ChildJvm child = ChildJvm.of("open", OpenProbe.class)
                .javaHome(javaHome)
                .arguments(directory.resolve("data").toString())
                .start()) {
            Map<String, String> words = Words.parse(child.await("opened", PROBE_MAX));
            int status = child.awaitExit(PROBE_MAX);
            return new Probe(
                    Words.number(words, "main_us"), Words.number(words, "jvm_ms"), faultsOf(words, child, status));
        } finally {
            ClusterBench.deleteTree(directory);
        }
    }

    int run() throws IOException {
        for (Path javaHome : javaHomes()) {
            measure(javaHome);
        }
        out.printf(
                Locale.ROOT,
                "RESULT runs=%d faults=%d%n",
                options.runs() * javaHomes().size(),
                faults);
        return faults == 0 ? 0 : Bench.EXIT_WRONG;
    }

    private List<Path> javaHomes() throws IOException {
        Path chosen = options.javaHome();
        if (chosen != null) {
            return List.of(chosen);
        }
        List<Path> homes = new ArrayList<>();
        homes.add(Path.of(System.getProperty("java.home")));
        findJdk25().ifPresent(homes::add);
        return homes;
    }

    private void measure(Path javaHome) throws IOException {
        List<Long> mainMicros = new ArrayList<>();
        List<Long> jvmMillis = new ArrayList<>();
        for (int i = 0; i < options.runs(); i++) {
            Probe probe = probe(javaHome);
            mainMicros.add(probe.mainMicros());
            jvmMillis.add(probe.jvmMillis());
            faults += probe.faults().size();
            probe.faults().forEach(fault -> out.println("FAULT " + fault));
        }
        mainMicros.sort(null);
        jvmMillis.sort(null);
        int last = options.runs() - 1;
        out.printf(
                Locale.ROOT,
                "open to first put, %d fresh JVMs of %s: from main with logging up median %.0f ms max %.0f ms,"
                        + " from the start of the JVM median %d ms max %d ms%n",
                options.runs(),
                javaHome,
                mainMicros.get(last / 2) / 1e3,
                mainMicros.get(last) / 1e3,
                jvmMillis.get(last / 2),
                jvmMillis.get(last));
        out.flush();
    }

    private static List<String> faultsOf(Map<String, String> words, ChildJvm child, int status) {
        List<String> found = new ArrayList<>();
        if (status != 0) {
            found.add("exit status " + status);
        }
        if (!Words.text(words, "sockets").isEmpty()) {
            found.add("sockets are open: " + Words.text(words, "sockets"));
        }
        if (!Words.text(words, "threads").isEmpty()) {
            found.add("threads were left that keep the JVM alive: " + Words.text(words, "threads"));
        }
        if (child.logLines().size() > 1) {
            found.add("more than one log line: " + child.logLines());
        }
        if (!child.errorOutput().isEmpty()) {
            found.add("output on the standard error: " + child.errorOutput());
        }
        return found;
    }
}
