package io.kvmesh.testkit.bench;

import io.kvmesh.testkit.bench.ClusterOptions.Mix;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Measures a mesh of three members in processes of their own, with the callers inside the members as an application has
 * them. Confined to one thread.
 *
 * <ol>
 *   <li>Three processes with nothing but the transport echo messages: what the network costs at each number of callers.
 *   <li>Three members start and load the records.
 *   <li>For each mix and number of callers all members warm up and measure at the same time; what they counted is
 *       merged.
 * </ol>
 */
public final class ClusterBench {
    static final int MEMBERS = 3;

    private static final Duration START_MAX = Duration.ofSeconds(60);
    private static final Duration LOAD_SILENCE_MAX = Duration.ofSeconds(60);
    private static final Duration POINT_GRACE = Duration.ofSeconds(90);
    private static final long START_DELAY_MILLIS = 300;
    private static final int LOADERS_PER_MEMBER = 8;
    private static final double BYTES_PER_MEGABYTE = 1024.0 * 1024.0;

    private final ClusterOptions options;
    private final PrintStream out;
    private final ClusterReport report;
    private final TreeMap<Integer, PointSample> echoes = new TreeMap<>();

    ClusterBench(ClusterOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
        report = new ClusterReport(options, out);
    }

    /** Runs with the arguments of the command line. Returns the exit status. */
    public static int run(List<String> arguments, PrintStream out) throws IOException {
        return new ClusterBench(ClusterOptions.parse(arguments), out).run();
    }

    /** Returns the exit status: 0 only if no value was wrong. */
    int run() throws IOException {
        Path directory = options.directory();
        boolean temporary = directory == null;
        Path place = directory == null ? Files.createTempDirectory("kvmesh-bench-") : directory;
        report.header(place);
        try {
            measureEcho();
            measureMembers(place);
        } finally {
            if (temporary) {
                deleteTree(place);
            }
        }
        return report.finish();
    }

    private void measureEcho() {
        List<Integer> ports = LocalPorts.free(MEMBERS);
        List<ChildJvm> processes = new ArrayList<>();
        try {
            for (int i = 0; i < MEMBERS; i++) {
                processes.add(start("echo-" + i, EchoMember.class, "number=" + i, "ports=" + LocalPorts.join(ports)));
            }
            awaitReady(processes);
            for (int threads : options.threads().stream().distinct().toList()) {
                String work = "bytes=" + options.valueBytes();
                echoes.put(threads, point(processes, threads, work));
            }
            stop(processes);
        } finally {
            processes.forEach(ChildJvm::close);
        }
    }

    private void measureMembers(Path place) {
        List<Integer> ports = LocalPorts.free(MEMBERS);
        List<ChildJvm> members = new ArrayList<>();
        try {
            for (int i = 0; i < MEMBERS; i++) {
                members.add(startMember(place, ports, i));
            }
            out.println("# members ready after " + awaitReady(members) + " ms from the start of their JVMs");
            load(members);
            int number = 1;
            report.columns();
            for (Mix mix : options.mixes()) {
                for (int threads : options.threads()) {
                    String work = "writes=" + mix.writePercent + " point=" + number;
                    report.point(mix, threads, point(members, threads, work), echoes.get(threads));
                    number++;
                }
            }
            for (ChildJvm member : members) {
                out.println("# at the end: " + member.ask("info", "info", START_MAX));
            }
            stop(members);
            members.forEach(report::logOf);
        } finally {
            members.forEach(ChildJvm::close);
        }
    }

    private ChildJvm startMember(Path place, List<Integer> ports, int number) {
        return start(
                "member-" + number,
                ClusterMember.class,
                "number=" + number,
                "directory=" + place.resolve("member-" + number),
                "port=" + ports.get(number),
                "seeds=" + LocalPorts.addresses(ports),
                "durability=" + options.durability(),
                "records=" + options.records(),
                "value=" + options.valueBytes());
    }

    private ChildJvm start(String name, Class<?> main, String... arguments) {
        ChildJvm.Builder builder = ChildJvm.of(name, main)
                .jvmArguments("-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch", "-XX:+IgnoreUnrecognizedVMOptions")
                .jvmArguments("--enable-native-access=ALL-UNNAMED")
                .jvmArguments(options.jvmArguments().toArray(String[]::new))
                .arguments(arguments);
        Path javaHome = options.javaHome();
        return (javaHome == null ? builder : builder.javaHome(javaHome)).start();
    }

    /** Returns the longest time from the start of a JVM to its being ready. */
    private static long awaitReady(List<ChildJvm> processes) {
        long longest = 0;
        for (ChildJvm process : processes) {
            longest = Math.max(longest, Long.parseLong(process.await("ready", START_MAX)));
        }
        return longest;
    }

    private void load(List<ChildJvm> members) {
        long start = System.nanoTime();
        for (int i = 0; i < MEMBERS; i++) {
            long from = (long) options.records() * i / MEMBERS;
            long to = (long) options.records() * (i + 1) / MEMBERS;
            members.get(i).send("load from=" + from + " to=" + to + " threads=" + LOADERS_PER_MEMBER);
        }
        LoadProgress progress = new LoadProgress(members, options.records(), out);
        PointSample total = progress.awaitLoaded(LOAD_SILENCE_MAX);
        double seconds = (System.nanoTime() - start) / 1e9;
        report.loaded(total, seconds);
    }

    private PointSample point(List<ChildJvm> processes, int threads, String work) {
        long warmMillis = options.warmUpSeconds() * 1000L;
        long measureMillis = options.seconds() * 1000L;
        long start = System.currentTimeMillis() + START_DELAY_MILLIS;
        for (int i = 0; i < MEMBERS; i++) {
            int share = threads / MEMBERS + (i < threads % MEMBERS ? 1 : 0);
            processes
                    .get(i)
                    .send("point start=" + start + " warm=" + warmMillis + " measure=" + measureMillis + " threads="
                            + share + " " + work);
        }
        PointSample total = new PointSample();
        Duration patience = POINT_GRACE.plusMillis(warmMillis + measureMillis);
        for (ChildJvm process : processes) {
            total.merge(PointSample.decode(process.await("result", patience)));
        }
        return total;
    }

    private static void stop(List<ChildJvm> processes) {
        processes.forEach(process -> process.send("stop"));
        processes.forEach(process -> process.awaitExit(START_MAX));
    }

    static String megabytes(long bytes) {
        return String.format(java.util.Locale.ROOT, "%.0f", bytes / BYTES_PER_MEGABYTE);
    }

    static void deleteTree(Path root) {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + root, e);
        }
    }
}
