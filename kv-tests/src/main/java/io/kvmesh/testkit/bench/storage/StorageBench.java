package io.kvmesh.testkit.bench.storage;

import io.kvmesh.testkit.bench.ChildJvm;
import io.kvmesh.testkit.bench.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Measures storage engines, each workload in a process of its own, one process at a time. Confined to one thread.
 *
 * <ol>
 *   <li>In each run, each workload is performed by one engine after the other; who begins changes from run to run.
 *   <li>Workloads that read or change the data set find what {@code fillrandom} left, which is performed unmeasured if
 *       it was not asked for. The others have a directory of their own, which is removed at once.
 *   <li>Medians over the runs are reported, and the ratios to the other engines.
 * </ol>
 */
public final class StorageBench {
    private static final Duration CHILD_MAX = Duration.ofMinutes(60);

    private final StorageOptions options;
    private final PrintStream out;
    private final StorageReport report;
    private final AtomicReference<@Nullable ChildJvm> running = new AtomicReference<>();

    public StorageBench(StorageOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
        report = new StorageReport(options, out);
    }

    /** Returns the exit status. */
    public int run() throws IOException {
        List<EngineProvider> engines = findEngines();
        Path csv = requireWritable(options.csv());
        Path place = Files.createTempDirectory(parentDirectory(), "kvmesh-storage-");
        Thread hook = new Thread(() -> endAndRemove(place), "removal");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            report.header(
                    place,
                    engines,
                    options.settings("", Workload.FILLSEQ, place, 0).engineSettings());
            for (int run = 1; run <= options.runs(); run++) {
                perform(engines, place, run);
            }
        } finally {
            endAndRemove(place);
            Runtime.getRuntime().removeShutdownHook(hook);
        }
        report.finish(csv);
        return 0;
    }

    private Path parentDirectory() {
        Path directory = options.directory();
        Path parent = directory == null ? Path.of(System.getProperty("java.io.tmpdir")) : directory;
        if (Files.exists(parent) && !Files.isDirectory(parent)) {
            throw new UsageException("--directory '" + parent + "' is not a directory");
        }
        try {
            return Files.createDirectories(parent);
        } catch (IOException e) {
            throw new UsageException("--directory '" + parent + "' cannot be created: " + e);
        }
    }

    private static @Nullable Path requireWritable(@Nullable String csv) {
        if (csv == null || csv.equals("-")) {
            return null;
        }
        Path file = Path.of(csv).toAbsolutePath();
        Path parent = file.getParent();
        if (Files.isDirectory(file) || parent == null || !Files.isWritable(parent)) {
            throw new UsageException("--csv '" + csv + "' cannot be written");
        }
        return file;
    }

    /** The engines that were asked for, as far as they are there. */
    private List<EngineProvider> findEngines() {
        Map<String, EngineProvider> available = new LinkedHashMap<>();
        Engines.available().forEach(provider -> available.put(provider.name(), provider));
        List<EngineProvider> found = new ArrayList<>();
        for (String name : options.engines()) {
            EngineProvider provider = available.get(name);
            if (provider == null) {
                out.println("# engine " + name + " is left out: it is not on the class path; kv-tests/bin/bench builds"
                        + " and adds it if its library can be had");
            } else {
                found.add(provider);
            }
        }
        if (found.isEmpty()) {
            throw new IllegalStateException("none of the engines " + options.engines() + " is there");
        }
        return found;
    }

    private void perform(List<EngineProvider> engines, Path place, int run) {
        boolean dataSetUsed = options.workloads().stream().anyMatch(StorageBench::usesDataSet);
        boolean loaded = false;
        for (Workload workload : Workload.values()) {
            boolean asked = options.workloads().contains(workload);
            boolean loads = workload == Workload.FILLRANDOM && dataSetUsed && !loaded;
            if (!asked && !loads) {
                continue;
            }
            loaded |= loads;
            for (EngineProvider engine : byTurns(engines, run)) {
                if (!asked) {
                    out.println("# run " + run + ": " + engine.name() + " writes the data set");
                }
                List<RunResult> results = perform(engine, workload, place, run);
                if (asked) {
                    results.forEach(result -> report.add(run, engine.name(), result));
                }
            }
        }
        engines.forEach(engine -> Scratch.deleteTree(dataSet(place, engine)));
    }

    private static boolean usesDataSet(Workload workload) {
        return workload.data() != Workload.Data.FRESH;
    }

    private static List<EngineProvider> byTurns(List<EngineProvider> engines, int run) {
        List<EngineProvider> turned = new ArrayList<>(engines);
        java.util.Collections.rotate(turned, run - 1);
        return turned;
    }

    private static Path dataSet(Path place, EngineProvider engine) {
        return place.resolve(engine.name());
    }

    private List<RunResult> perform(EngineProvider engine, Workload workload, Path place, int run) {
        if (workload == Workload.RECOVERY && !engine.survivesKill()) {
            out.println("# recovery: " + engine.name() + " is left out, as it may lose what it has not synced");
            return List.of();
        }
        boolean fresh = workload.data() == Workload.Data.FRESH;
        Path directory =
                Scratch.create(fresh ? place.resolve(engine.name() + "-" + workload.label()) : dataSet(place, engine));
        WorkloadSettings settings = options.settings(engine.name(), workload, directory, options.seed() * 1_000 + run);
        try {
            if (workload == Workload.RECOVERY) {
                writeAndKill(engine, settings);
            }
            try (ChildJvm child = start(engine, settings, run, List.of())) {
                List<RunResult> results = StorageChild.decode(answer(child, settings, StorageChild.RESULT));
                child.awaitExit(CHILD_MAX);
                return results;
            }
        } finally {
            running.set(null);
            if (fresh) {
                Scratch.deleteTree(directory);
            }
        }
    }

    private void writeAndKill(EngineProvider engine, WorkloadSettings settings) {
        try (ChildJvm child = start(engine, settings, 0, List.of(StorageChild.PREPARE))) {
            answer(child, settings, StorageChild.WRITTEN);
            child.kill();
        }
    }

    private static String answer(ChildJvm child, WorkloadSettings settings, String kind) {
        try {
            return child.await(kind, CHILD_MAX);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    settings.workload().label() + " on " + settings.engine() + " failed: " + e.getMessage(), e);
        }
    }

    private ChildJvm start(EngineProvider engine, WorkloadSettings settings, int run, List<String> more) {
        List<String> arguments = new ArrayList<>(List.of(settings.encode()));
        arguments.addAll(more);
        String name = engine.name() + "-" + settings.workload().label();
        ChildJvm child = ChildJvm.of(name, StorageChild.class)
                .jvmArguments(
                        "-Xmx" + options.heapMegabytes() + "m", "-XX:+UseG1GC", "-XX:+IgnoreUnrecognizedVMOptions")
                .jvmArguments("--enable-native-access=ALL-UNNAMED")
                .jvmArguments(engine.jvmArguments().toArray(String[]::new))
                .jvmArguments(recording(name, run).toArray(String[]::new))
                .arguments(arguments.toArray(String[]::new))
                .onOtherLine(this::show)
                .start();
        running.set(child);
        return child;
    }

    private List<String> recording(String name, int run) {
        Path recordings = options.recordings();
        if (recordings == null || run == 0) {
            return List.of();
        }
        Path file = Scratch.create(recordings).resolve(name + "-" + run + ".jfr");
        return List.of("-XX:StartFlightRecording=settings=profile,filename=" + file, "-Xlog:jfr+startup=off");
    }

    private void show(String line) {
        out.println(line);
        out.flush();
    }

    private void endAndRemove(Path place) {
        ChildJvm child = running.getAndSet(null);
        if (child != null && child.isAlive()) {
            child.kill();
        }
        Scratch.deleteTree(place);
    }
}
