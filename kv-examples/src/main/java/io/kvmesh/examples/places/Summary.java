package io.kvmesh.examples.places;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What the job found out, for people and in one line for machines. Not safe for several threads. */
final class Summary {
    /** The operation timeout that members have by default: no call may take longer. */
    private static final long CALL_MILLIS_MAX = 2_000;

    /** A busy machine may wake a thread this much too late. */
    private static final long WAKE_UP_MILLIS = 1_000;

    private final int records;
    private final List<Phase.Result> phases = new ArrayList<>();
    private final List<String> facts = new ArrayList<>();
    private final Latencies duringFailure = new Latencies();
    private long noticedMillis;
    private long rejoinedMillis;

    /** How many records each pass should have met. */
    Summary(int records) {
        this.records = records;
    }

    void add(Phase.Result phase) {
        phases.add(phase);
    }

    /** Adds a pass during which a member was down. */
    void addDuringFailure(Phase.Result phase) {
        add(phase);
        duringFailure.addAll(phase.work().latencies());
    }

    void addFact(String name, String value) {
        facts.add(String.format(Locale.ROOT, "  %-44s %s", name, value));
    }

    void setNoticedMillis(long millis) {
        noticedMillis = millis;
        addFact("survivors noticed the death after", millis + " ms");
    }

    void setRejoinedMillis(long millis) {
        rejoinedMillis = millis;
    }

    long lost() {
        return phases.stream().mapToLong(phase -> phase.work().lost()).sum();
    }

    long wrong() {
        return phases.stream().mapToLong(phase -> phase.work().wrong()).sum();
    }

    /** What is not as it must be, a sentence each. */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        for (Phase.Result phase : phases) {
            if (phase.work().records() != records) {
                problems.add(phase.name() + ": " + phase.work().records() + " records instead of " + records);
            }
            problems.addAll(phase.work().notes());
        }
        long longestMillis = millis(duringFailure.maxNanos());
        if (longestMillis > CALL_MILLIS_MAX + WAKE_UP_MILLIS) {
            problems.add("a call took " + longestMillis + " ms, longer than the operation timeout of " + CALL_MILLIS_MAX
                    + " ms");
        }
        return problems;
    }

    void print(PrintStream out, double seconds) {
        out.println();
        out.printf(
                Locale.ROOT,
                "  %-34s %9s %7s %9s %8s %8s %8s %8s%n",
                "",
                "records/s",
                "seconds",
                "CPU us/op",
                "p50 ms",
                "p99 ms",
                "max ms",
                "retries");
        for (Phase.Result phase : phases) {
            Latencies latencies = phase.work().latencies();
            out.printf(
                    Locale.ROOT,
                    "  %-34s %,9d %7.1f %9.0f %8.2f %8.2f %8.1f %8s%n",
                    phase.name(),
                    phase.perSecond(),
                    phase.seconds(),
                    phase.cpuMicrosPerRecord(),
                    latencies.percentileNanos(50) / 1e6,
                    latencies.percentileNanos(99) / 1e6,
                    latencies.maxNanos() / 1e6,
                    retriesOf(phase.work().retries()));
        }
        out.println();
        facts.forEach(out::println);
        out.printf(
                Locale.ROOT,
                "  %-44s %,d ms (the operation timeout is %,d ms)%n",
                "longest call while a member was down",
                millis(duringFailure.maxNanos()),
                CALL_MILLIS_MAX);
        out.printf(Locale.ROOT, "  %-44s %d lost, %d wrong%n", "records", lost(), wrong());
        problems().forEach(problem -> out.println("  PROBLEM: " + problem));
        out.println();
        out.println(result(seconds));
    }

    /** The line for machines. */
    String result(double seconds) {
        return String.format(
                Locale.ROOT,
                "RESULT records=%d lost=%d wrong=%d load_per_s=%d read_per_s=%d"
                        + " noticed_ms=%d rejoined_ms=%d seconds=%.1f",
                records,
                lost(),
                wrong(),
                phases.get(0).perSecond(),
                phases.get(1).perSecond(),
                noticedMillis,
                rejoinedMillis,
                seconds);
    }

    private static String retriesOf(Map<String, Long> retries) {
        return retries.isEmpty() ? "0" : new TreeMap<>(retries).toString();
    }

    private static long millis(long nanos) {
        return nanos / 1_000_000;
    }
}
