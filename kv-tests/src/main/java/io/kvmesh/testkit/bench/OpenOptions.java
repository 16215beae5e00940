package io.kvmesh.testkit.bench;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code bench open} was asked to do. Immutable.
 *
 * @param javaHome one JDK to measure; null for the one that runs this and a JDK 25 if one is found
 */
record OpenOptions(int runs, @Nullable Path javaHome) {
    static final String USAGE = """
            usage: bench open [options]
              The time that a fresh JVM takes to open a store in an empty directory and to put one record, and whether
              that is quiet: no socket, at most one log line, nothing on the standard error, no thread left.
              --runs N      fresh JVMs for each JDK (default 5)
              --java HOME   the JDK (default: the one that runs this, and a JDK 25 under /usr/lib/jvm)
            """;

    private static final int RUNS_MAX = 1_000;

    static OpenOptions parse(List<String> arguments) {
        Arguments given = Arguments.of(arguments, List.of("--runs", "--java"));
        return new OpenOptions(given.number("--runs", 5, 1, RUNS_MAX), given.javaHomeOrNull("--java"));
    }
}
