package io.kvmesh.testkit.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code bench cluster} was asked to do. Immutable.
 *
 * @param threads how many callers there are in the whole mesh, a point each
 * @param csv where to write the points as CSV; {@code -} for the standard output; null for nowhere
 * @param directory where the members keep their data; null for a temporary directory
 * @param jvmArguments passed to the JVMs of the members
 */
record ClusterOptions(
        int records,
        int valueBytes,
        List<Integer> threads,
        List<Mix> mixes,
        int seconds,
        int warmUpSeconds,
        String durability,
        @Nullable String csv,
        @Nullable Path directory,
        @Nullable Path javaHome,
        List<String> jvmArguments) {

    static final String USAGE = """
            usage: bench cluster [options]
              Three members in separate JVMs on loopback, replication factor 3, QUORUM reads and writes. The callers run
              inside the members; zipfian keys (0.99); every value that is read is verified.
              --records N        records of the data set (default 200000)
              --value BYTES      size of a value (default 1024)
              --threads N,N,...  callers over the whole mesh, shared out among the members (default 1,16,64)
              --mix M,M,...      read, half (half reads, half writes) or write (default read,half)
              --seconds N        measured time of a point (default 5)
              --warmup N         time before it that is not measured (default 8)
              --durability D     periodic or sync (default periodic)
              --csv FILE         also write the points as CSV; - for the standard output
              --dir DIRECTORY    where the members keep their data (default: a temporary directory)
              --java HOME        the JDK of the members (default: the one that runs this)
              --jvm ARGUMENT     a JVM argument for the members; may be repeated
            """;

    private static final int RECORDS_MAX = 50_000_000;
    private static final int VALUE_BYTES_MAX = 1024 * 1024;
    private static final int THREADS_MAX = 1_024;
    private static final int SECONDS_MAX = 3_600;

    /** What callers do. */
    enum Mix {
        READ(0),
        HALF(50),
        WRITE(100);

        final int writePercent;

        Mix(int writePercent) {
            this.writePercent = writePercent;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static ClusterOptions parse(List<String> arguments) {
        Arguments given = Arguments.of(
                arguments,
                List.of(
                        "--records",
                        "--value",
                        "--threads",
                        "--mix",
                        "--seconds",
                        "--warmup",
                        "--durability",
                        "--csv",
                        "--dir",
                        "--java",
                        "--jvm"));
        String durability = given.text("--durability", "periodic");
        if (!durability.equals("periodic") && !durability.equals("sync")) {
            throw new UsageException("--durability '" + durability + "' must be periodic or sync");
        }
        return new ClusterOptions(
                given.number("--records", 200_000, 1, RECORDS_MAX),
                given.number("--value", 1_024, RecordPattern.BYTES_MIN, VALUE_BYTES_MAX),
                threads(given.text("--threads", "1,16,64")),
                mixes(given.text("--mix", "read,half")),
                given.number("--seconds", 5, 1, SECONDS_MAX),
                given.number("--warmup", 8, 0, SECONDS_MAX),
                durability,
                given.textOrNull("--csv"),
                given.pathOrNull("--dir"),
                given.javaHomeOrNull("--java"),
                given.all("--jvm"));
    }

    private static List<Integer> threads(String text) {
        List<Integer> threads = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            threads.add(Arguments.number("--threads", part, 1, THREADS_MAX));
        }
        return List.copyOf(threads);
    }

    private static List<Mix> mixes(String text) {
        List<Mix> mixes = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            mixes.add(mix(part));
        }
        return List.copyOf(mixes);
    }

    private static Mix mix(String text) {
        for (Mix mix : Mix.values()) {
            if (mix.label().equals(text)) {
                return mix;
            }
        }
        throw new UsageException("--mix '" + text + "' must be read, half or write");
    }
}
