package io.kvmesh.testkit.scenario;

import io.kvmesh.testkit.bench.Words;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Measures what a member that was away is sent when it comes back. Confined to its thread.
 *
 * <ol>
 *   <li>Three members hold all records; one of them is killed.
 *   <li>The others read and write for a while, then stop.
 *   <li>The member is started again. When nobody keeps a hint for it any more, what it was sent is counted.
 *   <li>A repair tells whether it lacks anything; if so, what that took is counted as well.
 * </ol>
 */
public final class Rejoin {
    private static final int MEMBERS = 3;
    private static final int VICTIM = 2;
    private static final int THREADS = 4;
    private static final List<Integer> OTHERS = List.of(0, 1);
    private static final Duration RETURN_MAX = Duration.ofMinutes(10);

    private final RejoinOptions options;
    private final PrintStream out;
    private final ScenarioMesh mesh = new ScenarioMesh(MEMBERS);
    private long startNanos = System.nanoTime();

    private Rejoin(RejoinOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    static int run(List<String> arguments, PrintStream out, PrintStream errors) {
        return Programs.run("rejoin", RejoinOptions.USAGE, arguments, out, errors, (given, to) -> {
            Rejoin rejoin = new Rejoin(RejoinOptions.parse(given), to);
            try {
                return rejoin.run();
            } finally {
                rejoin.mesh.close();
            }
        });
    }

    private boolean run() {
        mesh.startFirst(MEMBERS);
        mesh.share(OTHERS, options.records(), options.valueBytes());
        say("three members are ready; %,d records of %,d bytes are written", options.records(), options.valueBytes());
        mesh.askAll(OTHERS, "fill");
        mesh.askAll(OTHERS, "mark");
        Map<String, Long> changes = loadWithoutOne();
        Map<String, Long> received = comeBack();
        boolean equal = compare(received);
        List<Map<String, String>> verified = mesh.askAll(OTHERS, "verify");
        long faults = verified.stream()
                .mapToLong(words -> Words.number(words, "faults"))
                .sum();
        report(changes, received, faults);
        return equal && faults == 0;
    }

    private Map<String, Long> loadWithoutOne() {
        mesh.kill(VICTIM);
        say("one member is killed; the others go on for %d s", options.seconds());
        mesh.askAll(
                OTHERS,
                "begin threads=" + THREADS + " writes=" + options.writes() + " perSecond="
                        + Math.max(1, options.perSecond() / OTHERS.size()));
        ScenarioMesh.pass(Duration.ofSeconds(options.seconds()));
        mesh.askAll(OTHERS, "end");
        TreeMap<String, Long> sum = new TreeMap<>();
        for (Map<String, String> changes : mesh.askAll(OTHERS, "changes")) {
            changes.forEach((name, number) -> sum.merge(name, Long.parseLong(number), Long::sum));
        }
        mesh.askAll(OTHERS, "window").forEach(window -> say("failed calls: %s", Words.text(window, "failures")));
        say(
                "%,d writes of %,d records were acknowledged meanwhile",
                sum.getOrDefault("writes", 0L), sum.getOrDefault("changed", 0L));
        return sum;
    }

    private Map<String, Long> comeBack() {
        mesh.launch(VICTIM, MEMBERS);
        mesh.awaitReady(VICTIM);
        startNanos = System.nanoTime();
        mesh.await(
                "nobody keeps a hint for the member",
                RETURN_MAX,
                () -> mesh.askAll(OTHERS, "hints").stream()
                        .allMatch(hints -> !hints.containsKey(mesh.identity(VICTIM))));
        Map<String, Long> received = received();
        say(
                "it is back; nobody keeps a hint for it any more after %.1f s, when it was sent %s",
                (System.nanoTime() - startNanos) / 1e9, received);
        return received;
    }

    /** Whether the member has all without a repair; if not, what the repair took is added to what it received. */
    private boolean compare(Map<String, Long> received) {
        Map<String, String> repair = mesh.ask(VICTIM, "repair");
        say("a comparison with the others tells: %s", repair);
        boolean equal = Words.number(repair, "fetched") == 0
                && Words.number(repair, "complete") == Words.number(repair, "partitions");
        if (!equal) {
            received.putAll(received());
        }
        return equal;
    }

    private Map<String, Long> received() {
        TreeMap<String, Long> received = new TreeMap<>();
        mesh.ask(VICTIM, "received").forEach((verb, bytes) -> received.put(verb, Long.parseLong(bytes)));
        return received;
    }

    private void report(Map<String, Long> changes, Map<String, Long> received, long faults) {
        long changed = changes.getOrDefault("changedBytes", 0L);
        long transferred = received.values().stream().mapToLong(bytes -> bytes).sum();
        out.printf(
                Locale.ROOT,
                "RESULT changed_bytes=%d written_bytes=%d transferred_bytes=%d ratio=%.3f lost=%d%n",
                changed,
                changes.getOrDefault("writtenBytes", 0L),
                transferred,
                (double) transferred / Math.max(1, changed),
                faults);
    }

    private void say(String text, Object... values) {
        out.println(String.format(Locale.ROOT, text, values));
    }
}
