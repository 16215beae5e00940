package io.kvmesh.testkit.scenario;

import io.kvmesh.testkit.bench.Words;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures what it costs those who call when a fourth member joins three. Confined to its thread.
 *
 * <ol>
 *   <li>Three members hold the values; all of them read and write at a given pace. Durations are measured for a while.
 *   <li>A fourth member is started. Durations are measured until the ring has it.
 *   <li>All records are read again at QUORUM.
 * </ol>
 */
public final class Join {
    private static final int FOUNDERS = 3;
    private static final int JOINER = 3;
    private static final int THREADS = 4;
    private static final int VALUE_BYTES = 1_000;
    private static final int VALUES_PER_MEGABYTE = 1_000;
    private static final List<Integer> LOADED = List.of(0, 1, 2);
    private static final Duration JOIN_MAX = Duration.ofMinutes(30);
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final String PAGES = "REPLICA_PAGE";

    private final JoinOptions options;
    private final PrintStream out;
    private final ScenarioMesh mesh = new ScenarioMesh(FOUNDERS + 1);
    private double streamMegabytes;
    private double streamSeconds;

    private Join(JoinOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    static int run(List<String> arguments, PrintStream out, PrintStream errors) {
        return Programs.run("join", JoinOptions.USAGE, arguments, out, errors, (given, to) -> {
            Join join = new Join(JoinOptions.parse(given), to);
            try {
                return join.run();
            } finally {
                join.mesh.close();
            }
        });
    }

    private boolean run() {
        double loopback = Loopback.megabytesPerSecond();
        fill();
        mesh.askAll(
                LOADED,
                "begin threads=" + THREADS + " writes=" + options.writes() + " perSecond="
                        + options.perSecond() / LOADED.size());
        ScenarioMesh.pass(WARM_UP);
        mesh.askAll(LOADED, "window");
        ScenarioMesh.pass(Duration.ofSeconds(options.quietSeconds()));
        LoadWindow quiet = new LoadWindow(mesh.askAll(LOADED, "window"));
        say("quiet: %s", quiet.describe());
        join();
        LoadWindow joining = new LoadWindow(mesh.askAll(LOADED, "window"));
        say("with the joining member: %s", joining.describe());
        mesh.askAll(LOADED, "end");
        long lost = mesh.askAll(LOADED, "verify").stream()
                .mapToLong(words -> Words.number(words, "faults"))
                .sum();
        report(quiet, joining, loopback, lost);
        return lost == 0;
    }

    private void fill() {
        mesh.startFirst(FOUNDERS);
        int records = options.valuesMegabytes() * VALUES_PER_MEGABYTE;
        mesh.share(LOADED, records, VALUE_BYTES);
        say("three members are ready; %,d records of %,d bytes are written", records, VALUE_BYTES);
        mesh.askAll(LOADED, "fill");
        options.places().ifPresent(file -> say("places are stored: %s", mesh.text(0, "places file=" + file)));
        mesh.askAll(LOADED, "flush");
    }

    private void join() {
        long startNanos = System.nanoTime();
        mesh.launch(JOINER, FOUNDERS + 1);
        mesh.awaitReady(JOINER);
        long readyNanos = System.nanoTime();
        say("the fourth member is ready after %.1f s", (readyNanos - startNanos) / 1e9);
        mesh.await(
                "the fourth member holds its share",
                JOIN_MAX,
                () -> LOADED.stream()
                        .allMatch(observer -> mesh.opinion(observer, JOINER).startsWith("ALIVE/MEMBER/")));
        Map<String, String> received = mesh.ask(JOINER, "received");
        streamMegabytes = Long.parseLong(received.getOrDefault(PAGES, "0")) / 1e6;
        streamSeconds = (System.nanoTime() - readyNanos) / 1e9;
        say("it is a member of the ring, for all others, %.1f s after that; it was sent %s", streamSeconds, received);
    }

    private void report(LoadWindow quiet, LoadWindow joining, double loopback, long lost) {
        double reads = quotient(joining.readP99Micros(), quiet.readP99Micros());
        double writes = quotient(joining.writeP99Micros(), quiet.writeP99Micros());
        out.printf(
                Locale.ROOT,
                "RESULT quiet_read_p99_micros=%d joining_read_p99_micros=%d read_ratio=%.2f quiet_write_p99_micros=%d"
                        + " joining_write_p99_micros=%d write_ratio=%.2f ratio=%.2f stream_mb=%.0f stream_mb_per_s=%.1f"
                        + " loopback_mb_per_s=%.0f lost=%d%n",
                quiet.readP99Micros(),
                joining.readP99Micros(),
                reads,
                quiet.writeP99Micros(),
                joining.writeP99Micros(),
                writes,
                Math.max(reads, writes),
                streamMegabytes,
                streamMegabytes / streamSeconds,
                loopback,
                lost);
    }

    private static double quotient(long joining, long quiet) {
        return (double) joining / Math.max(1, quiet);
    }

    private void say(String text, Object... values) {
        out.println(String.format(Locale.ROOT, text, values));
    }
}
