package io.kvmesh.testkit.bench.storage;

import io.kvmesh.testkit.bench.Arguments;
import io.kvmesh.testkit.bench.UsageException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What {@code bench storage} was asked to do. Immutable.
 *
 * @param engines names, this project's first
 * @param csv where to write every single run as CSV; {@code -} for the standard output; null for nowhere
 * @param directory where the data directories are made; null for the system's temporary directory
 * @param recordings where each process leaves a flight recording; null for nowhere
 */
public record StorageOptions(
        List<String> engines,
        Set<Workload> workloads,
        int valueBytes,
        int entries,
        long memtableBytes,
        int runs,
        long seed,
        int threads,
        int seconds,
        int warmUpSeconds,
        int heapMegabytes,
        @Nullable String csv,
        @Nullable Path directory,
        @Nullable Path recordings) {

    public static final String USAGE = """
            usage: bench storage [options]
              The storage engine alone, without a member above it, beside engines of others. Each engine performs each
              workload in a JVM of its own, the engines by turns. Every value that is read is verified.
              --engine E,E,...    kvmesh, rocksdb, h2-mvstore, lmdb or all (default kvmesh)
              --workload W,W,...  fillseq, batch100, fillrandom, readrandom, readmissing, readhot, scan100, scanall,
                                  overwrite, readwhilewriting, sync1, sync8, sync64, recovery or all (default all)
              --value BYTES       size of a value (default 100)
              --entries N         records (default: ten memtables full of data, five times the one that takes writes and
                                  the one that is flushed)
              --memtable MIB      size of a memtable (default 32)
              --runs N            how often everything is repeated; medians are reported (default 5)
              --seed S            of the order of keys and all that is drawn at random (default 1)
              --threads T         callers, where the workload does not say that itself (default 1)
              --seconds N         measured time of workloads that last for a time (default 5)
              --warmup N          time before it that is not measured (default 3)
              --heap MIB          heap of each JVM, of which one runs at a time (default 1024)
              --csv FILE          also write every single run as CSV; - for the standard output
              --directory DIR     where the data goes, below a directory that is removed at the end (default: the
                                  system's temporary directory)
              --jfr DIR           leave a flight recording of every process there
            """;

    private static final int VALUE_BYTES_MAX = 1024 * 1024;
    private static final int ENTRIES_MIN = 1_000;
    private static final int ENTRIES_MAX = 200_000_000;
    private static final int MEMTABLE_MEGABYTES_MAX = 256;
    private static final int RUNS_MAX = 100;
    private static final int THREADS_MAX = 256;
    private static final int SECONDS_MAX = 3_600;
    private static final int HEAP_MEGABYTES_MIN = 64;
    private static final int HEAP_MEGABYTES_MAX = 64 * 1024;
    private static final int MEMTABLES_OF_DATA = 10;
    private static final String ALL = "all";

    /**
     * Takes the command line apart.
     *
     * @throws UsageException if an argument is wrong
     */
    public static StorageOptions parse(List<String> arguments) {
        Arguments given = Arguments.of(
                arguments,
                List.of(
                        "--engine",
                        "--workload",
                        "--value",
                        "--entries",
                        "--memtable",
                        "--runs",
                        "--seed",
                        "--threads",
                        "--seconds",
                        "--warmup",
                        "--heap",
                        "--csv",
                        "--directory",
                        "--jfr"));
        int valueBytes = given.number("--value", 100, BenchRecords.VALUE_BYTES_MIN, VALUE_BYTES_MAX);
        long memtableBytes = (long) given.number("--memtable", 32, 1, MEMTABLE_MEGABYTES_MAX) << 20;
        long dataBytes = memtableBytes * MEMTABLES_OF_DATA;
        int entries = Math.max(ENTRIES_MIN, (int) (dataBytes / (BenchRecords.KEY_BYTES + valueBytes)));
        return new StorageOptions(
                engines(given.text("--engine", KvMeshEngineProvider.NAME)),
                workloads(given.text("--workload", ALL)),
                valueBytes,
                given.number("--entries", entries, ENTRIES_MIN, ENTRIES_MAX),
                memtableBytes,
                given.number("--runs", 5, 1, RUNS_MAX),
                given.number("--seed", 1, 0, Integer.MAX_VALUE),
                given.number("--threads", 1, 1, THREADS_MAX),
                given.number("--seconds", 5, 1, SECONDS_MAX),
                given.number("--warmup", 3, 0, SECONDS_MAX),
                given.number("--heap", 1024, HEAP_MEGABYTES_MIN, HEAP_MEGABYTES_MAX),
                given.textOrNull("--csv"),
                withoutBlanks("--directory", given.pathOrNull("--directory")),
                withoutBlanks("--jfr", given.pathOrNull("--jfr")));
    }

    private static List<String> engines(String text) {
        List<String> asked = List.of(distinct(text));
        for (String name : asked) {
            if (!name.equals(ALL) && !Engines.NAMES.contains(name)) {
                throw new UsageException("--engine '" + name + "' must be " + oneOf(Engines.NAMES));
            }
        }
        return Engines.NAMES.stream()
                .filter(name -> asked.contains(ALL) || asked.contains(name))
                .toList();
    }

    private static Set<Workload> workloads(String text) {
        Set<Workload> found = EnumSet.noneOf(Workload.class);
        for (String name : distinct(text)) {
            if (name.equals(ALL)) {
                return EnumSet.allOf(Workload.class);
            }
            found.add(workload(name));
        }
        return found;
    }

    private static Workload workload(String name) {
        for (Workload workload : Workload.values()) {
            if (workload.label().equals(name)) {
                return workload;
            }
        }
        List<String> labels =
                Arrays.stream(Workload.values()).map(Workload::label).toList();
        throw new UsageException("--workload '" + name + "' must be " + oneOf(labels));
    }

    private static String[] distinct(String text) {
        return Arrays.stream(text.split(",", -1)).distinct().toArray(String[]::new);
    }

    private static String oneOf(List<String> names) {
        return names.stream().collect(Collectors.joining(", ")) + " or " + ALL;
    }

    /** Paths go to child processes as words. */
    private static @Nullable Path withoutBlanks(String name, @Nullable Path path) {
        if (path != null && path.toString().contains(" ")) {
            throw new UsageException(name + " '" + path + "' must have no blank in its name");
        }
        return path;
    }

    WorkloadSettings settings(String engine, Workload workload, Path place, long runSeed) {
        return new WorkloadSettings(
                engine,
                workload,
                place,
                entries,
                valueBytes,
                memtableBytes,
                runSeed,
                threads,
                warmUpSeconds * 1000L,
                seconds * 1000L);
    }
}
