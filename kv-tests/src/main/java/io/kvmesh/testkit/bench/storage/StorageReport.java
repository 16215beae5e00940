package io.kvmesh.testkit.bench.storage;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Prints each run as it comes, and at the end the medians and the ratios between engines. Confined to one thread. */
final class StorageReport {
    private static final double MEGABYTE = 1024.0 * 1024.0;
    private static final double MEDIAN = 0.5;
    private static final double HIGH = 0.99;

    private final StorageOptions options;
    private final PrintStream out;
    private final List<String> csvLines = new ArrayList<>();
    /** By series, then by engine, in the order of their first appearance. */
    private final Map<String, Map<String, List<RunResult>>> results = new LinkedHashMap<>();

    StorageReport(StorageOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
        csvLines.add("run,engine,workload,value_bytes,entries,threads,operations,ops_per_second,p50_us,p99_us,max_us,"
                + "cpu_us,cpu_us_settled,settle_s,gc_share,write_amplification,disk_bytes,table_bytes,heap_bytes,"
                + "rss_bytes");
    }

    void header(Path place, List<EngineProvider> engines, EngineSettings settings) {
        line(
                "# storage engines: %d records, keys of %d bytes, values of %d bytes (half random), %d runs, seed %d",
                options.entries(), BenchRecords.KEY_BYTES, options.valueBytes(), options.runs(), options.seed());
        line(
                "# %d processors, JDK %s, heap of at most %d MiB, data in %s",
                Runtime.getRuntime().availableProcessors(), Runtime.version(), options.heapMegabytes(), place);
        engines.forEach(engine -> out.println("# " + engine.name() + ": " + engine.describe(settings)));
        line(
                "%-4s %-23s %-11s %11s %9s %10s %8s %8s %6s %6s %8s %8s %6s %6s",
                "run",
                "workload",
                "engine",
                "ops/s",
                "p50 us",
                "p99 us",
                "CPU us",
                "settled",
                "GC %",
                "w-amp",
                "disk MB",
                "table MB",
                "heap",
                "RSS");
    }

    void add(int run, String engine, RunResult result) {
        results.computeIfAbsent(result.series(), key -> new LinkedHashMap<>())
                .computeIfAbsent(engine, key -> new ArrayList<>())
                .add(result);
        RunResult.Footprint space = result.footprint();
        line(
                "%-4d %-23s %-11s %11.0f %9.1f %10.1f %8.2f %8.2f %6.1f %6.2f %8.0f %8.0f %6.0f %6.0f",
                run,
                result.series(),
                engine,
                result.operationsPerSecond(),
                micros(result, MEDIAN),
                micros(result, HIGH),
                result.cpuMicros(),
                result.cpuMicrosSettled(),
                result.gcShare() * 100,
                result.writeAmplification(),
                space.diskBytes() / MEGABYTE,
                space.tableBytes() / MEGABYTE,
                space.heapBytes() / MEGABYTE,
                space.residentBytes() / MEGABYTE);
        csvLines.add(String.format(
                Locale.ROOT,
                "%d,%s,%s,%d,%d,%d,%d,%.1f,%.2f,%.2f,%.2f,%.3f,%.3f,%.2f,%.4f,%.3f,%d,%d,%d,%d",
                run,
                engine,
                result.series(),
                options.valueBytes(),
                options.entries(),
                options.threads(),
                result.operations(),
                result.operationsPerSecond(),
                micros(result, MEDIAN),
                micros(result, HIGH),
                result.latencies().maxNanos() / 1e3,
                result.cpuMicros(),
                result.cpuMicrosSettled(),
                result.settleSeconds(),
                result.gcShare(),
                result.writeAmplification(),
                space.diskBytes(),
                space.tableBytes(),
                space.heapBytes(),
                space.residentBytes()));
    }

    void finish(@Nullable Path csv) throws IOException {
        if (csv != null) {
            Files.write(csv, csvLines);
        } else if ("-".equals(options.csv())) {
            csvLines.forEach(out::println);
        }
        results.forEach((series, engines) -> engines.forEach((engine, runs) -> result(series, engine, runs)));
        results.forEach(this::ratios);
    }

    private void result(String series, String engine, List<RunResult> runs) {
        line(
                "RESULT engine=%s workload=%s runs=%d ops_per_second=%.0f p50_us=%.2f p99_us=%.2f cpu_us=%.2f"
                        + " cpu_us_settled=%.2f settle_s=%.2f gc_share=%.4f write_amplification=%.2f disk_mb=%.1f"
                        + " tables_mb=%.1f heap_mb=%.0f rss_mb=%.0f",
                engine,
                series,
                runs.size(),
                median(runs, RunResult::operationsPerSecond),
                median(runs, run -> micros(run, MEDIAN)),
                median(runs, run -> micros(run, HIGH)),
                median(runs, RunResult::cpuMicros),
                median(runs, RunResult::cpuMicrosSettled),
                median(runs, RunResult::settleSeconds),
                median(runs, RunResult::gcShare),
                median(runs, RunResult::writeAmplification),
                median(runs, run -> run.footprint().diskBytes() / MEGABYTE),
                median(runs, run -> run.footprint().tableBytes() / MEGABYTE),
                median(runs, run -> run.footprint().heapBytes() / MEGABYTE),
                median(runs, run -> run.footprint().residentBytes() / MEGABYTE));
    }

    private void ratios(String series, Map<String, List<RunResult>> engines) {
        List<RunResult> own = engines.get(KvMeshEngineProvider.NAME);
        if (own == null) {
            return;
        }
        engines.forEach((peer, runs) -> {
            if (runs != own) {
                line(
                        "RATIO workload=%s %s/%s=%.2f least=%.2f most=%.2f cpu=%.2f cpu_settled=%.2f p50=%.2f p99=%.2f"
                                + " disk=%.2f",
                        series,
                        KvMeshEngineProvider.NAME,
                        peer,
                        median(own, RunResult::operationsPerSecond) / median(runs, RunResult::operationsPerSecond),
                        runByRun(own, runs, false),
                        runByRun(own, runs, true),
                        ratio(own, runs, RunResult::cpuMicros),
                        ratio(own, runs, RunResult::cpuMicrosSettled),
                        ratio(own, runs, run -> micros(run, MEDIAN)),
                        ratio(own, runs, run -> micros(run, HIGH)),
                        ratio(own, runs, run -> run.footprint().diskBytes()));
            }
        });
    }

    /** The least or the greatest ratio of the rates of one run. */
    private static double runByRun(List<RunResult> own, List<RunResult> peer, boolean greatest) {
        double found = greatest ? 0 : Double.MAX_VALUE;
        for (int i = 0; i < Math.min(own.size(), peer.size()); i++) {
            double ratio = own.get(i).operationsPerSecond() / peer.get(i).operationsPerSecond();
            found = greatest ? Math.max(found, ratio) : Math.min(found, ratio);
        }
        return found;
    }

    /** How two medians relate; 0 where there is nothing to divide by. */
    private static double ratio(List<RunResult> own, List<RunResult> peer, ToDoubleFunction<RunResult> figure) {
        double divisor = median(peer, figure);
        return divisor == 0 ? 0 : median(own, figure) / divisor;
    }

    static double median(List<RunResult> runs, ToDoubleFunction<RunResult> figure) {
        double[] sorted = runs.stream().mapToDouble(figure).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double micros(RunResult result, double share) {
        return result.latencies().quantileNanos(share) / 1e3;
    }

    private void line(String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
        out.flush();
    }
}
