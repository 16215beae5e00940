package io.kvmesh.testkit.bench;

import io.kvmesh.testkit.bench.ClusterOptions.Mix;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Prints the points of {@link ClusterBench} as they come, and the result. Confined to one thread. */
final class ClusterReport {
    /** What a read and a write at QUORUM may cost over all members, from the design. */
    private static final int READ_BUDGET_MICROS = 40;

    private static final int WRITE_BUDGET_MICROS = 75;
    private static final String ROW = "%-5s %7s %10s %8s %8s %8s %9s %8s %7s %7s %6s %6s | %10s %8s %8s %8s %9s%n";
    private static final String CSV_HEADER = "mix,threads,ops_per_s,p50_us,p99_us,p999_us,max_us,cpu_us_per_op,"
            + "cpu_budget_us,read_p50_us,read_p99_us,write_p50_us,write_p99_us,gc_ms,heap_mb,errors,wrong,"
            + "echo_per_s,echo_p50_us,echo_p99_us,echo_p999_us,echo_cpu_us_per_op";
    private static final int WARNINGS_SHOWN_MAX = 10;

    private final ClusterOptions options;
    private final PrintStream out;
    private final List<String> csv = new ArrayList<>();
    private int points;
    private long operations;
    private long errors;
    private long wrong;

    ClusterReport(ClusterOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
        csv.add(CSV_HEADER);
    }

    void header(Path place) {
        Path javaHome = options.javaHome();
        out.printf(
                Locale.ROOT,
                "# %d members in JVMs of their own, loopback, replication factor %d, QUORUM/QUORUM, durability %s%n"
                        + "# %d records of %d bytes, zipfian %.2f, %d s measured after %d s of warm-up; "
                        + "writes are set()%n"
                        + "# %d processors, JDK %s, data in %s%n"
                        + "# 'threads' counts the callers of the whole mesh, shared out among the members; times in"
                        + " microseconds%n"
                        + "# 'cpu/op' is the CPU time of all members per operation; right of the bar: the bare echo of"
                        + " the transport%n",
                ClusterBench.MEMBERS,
                ClusterBench.MEMBERS,
                options.durability(),
                options.records(),
                options.valueBytes(),
                ZipfianKeys.THETA,
                options.seconds(),
                options.warmUpSeconds(),
                Runtime.getRuntime().availableProcessors(),
                javaHome == null ? Runtime.version() : javaHome,
                place);
    }

    void loaded(PointSample sample, double seconds) {
        count(sample);
        out.printf(
                Locale.ROOT,
                "# loaded %d records in %.1f s, %.0f/s, p50 %d us, p99 %d us%s%n",
                options.records(),
                seconds,
                options.records() / seconds,
                micros(sample.writes, 0.5),
                micros(sample.writes, 0.99),
                errorsOf(sample));
    }

    void columns() {
        out.printf(
                ROW, "mix", "threads", "ops/s", "p50", "p99", "p999", "cpu/op", "budget", "gc ms", "heapMB", "errors",
                "wrong", "echo/s", "p50", "p99", "p999", "cpu/op");
    }

    void point(Mix mix, int threads, PointSample sample, @Nullable PointSample echo) {
        points++;
        operations += sample.operations();
        count(sample);
        PointSample raw = echo == null ? new PointSample() : echo;
        LatencyHistogram all = sample.all();
        out.printf(
                Locale.ROOT,
                ROW,
                mix.label(),
                threads,
                Math.round(sample.operationsPerSecond()),
                micros(all, 0.5),
                micros(all, 0.99),
                micros(all, 0.999),
                oneDigit(sample.cpuMicrosPerOperation()),
                oneDigit(budgetMicros(mix)),
                sample.gcPauseMillis,
                ClusterBench.megabytes(sample.heapBytesMax),
                sample.errorCount(),
                sample.wrong,
                Math.round(raw.operationsPerSecond()),
                micros(raw.reads, 0.5),
                micros(raw.reads, 0.99),
                micros(raw.reads, 0.999),
                oneDigit(raw.cpuMicrosPerOperation()));
        String trouble = errorsOf(sample);
        if (!trouble.isEmpty()) {
            out.println("#   " + trouble);
        }
        out.flush();
        csv.add(csvLine(mix, threads, sample, raw));
    }

    /** Shows what a member logged at a level that an operator should see. */
    void logOf(ChildJvm member) {
        List<String> serious = member.logLines().stream()
                .filter(line -> line.startsWith("WARN") || line.startsWith("ERROR"))
                .toList();
        serious.stream().limit(WARNINGS_SHOWN_MAX).forEach(line -> out.println("# member logged: " + line));
        if (serious.size() > WARNINGS_SHOWN_MAX) {
            out.println("# member logged " + (serious.size() - WARNINGS_SHOWN_MAX) + " more warnings and errors");
        }
        String standardError = member.errorOutput();
        if (!standardError.isEmpty()) {
            out.println("# member wrote to its standard error: " + standardError);
        }
    }

    int finish() throws IOException {
        String target = options.csv();
        if (target != null && target.equals("-")) {
            csv.forEach(out::println);
        } else if (target != null) {
            Files.write(Path.of(target), csv);
        }
        out.printf(
                Locale.ROOT, "RESULT points=%d operations=%d errors=%d wrong=%d%n", points, operations, errors, wrong);
        return wrong == 0 ? 0 : Bench.EXIT_WRONG;
    }

    private void count(PointSample sample) {
        errors += sample.errorCount();
        wrong += sample.wrong;
    }

    private static String csvLine(Mix mix, int threads, PointSample sample, PointSample raw) {
        LatencyHistogram all = sample.all();
        return String.format(
                Locale.ROOT,
                "%s,%d,%.0f,%d,%d,%d,%d,%.1f,%.1f,%d,%d,%d,%d,%d,%s,%d,%d,%.0f,%d,%d,%d,%.1f",
                mix.label(),
                threads,
                sample.operationsPerSecond(),
                micros(all, 0.5),
                micros(all, 0.99),
                micros(all, 0.999),
                all.maxNanos() / 1_000,
                sample.cpuMicrosPerOperation(),
                budgetMicros(mix),
                micros(sample.reads, 0.5),
                micros(sample.reads, 0.99),
                micros(sample.writes, 0.5),
                micros(sample.writes, 0.99),
                sample.gcPauseMillis,
                ClusterBench.megabytes(sample.heapBytesMax),
                sample.errorCount(),
                sample.wrong,
                raw.operationsPerSecond(),
                micros(raw.reads, 0.5),
                micros(raw.reads, 0.99),
                micros(raw.reads, 0.999),
                raw.cpuMicrosPerOperation());
    }

    private static double budgetMicros(Mix mix) {
        return (READ_BUDGET_MICROS * (100 - mix.writePercent) + WRITE_BUDGET_MICROS * mix.writePercent) / 100.0;
    }

    private static String errorsOf(PointSample sample) {
        String text = sample.errors.isEmpty() ? "" : " errors " + sample.errors + " such as: " + sample.firstError;
        return sample.wrong == 0 ? text : text + " WRONG: " + sample.firstWrong;
    }

    private static long micros(LatencyHistogram histogram, double share) {
        return Math.round(histogram.quantileNanos(share) / 1e3);
    }

    private static String oneDigit(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
