package io.kvmesh.testkit;

/**
 * Runs {@link TraceScenario}, {@link ClusterTraceScenario} and {@link ThreadTraceScenario} for the seeds given and
 * prints their trace hashes, a line a seed. Stateless.
 */
final class TraceMain {
    /** Begins every line that is not a log line. */
    static final String PREFIX = "TRACE ";

    private TraceMain() {}

    public static void main(String[] seeds) {
        for (String seed : seeds) {
            System.out.println(hashes(Long.parseLong(seed)));
        }
    }

    static String hashes(long seed) {
        return PREFIX + TraceScenario.run(seed).traceHash() + " "
                + ClusterTraceScenario.run(seed).traceHash() + " "
                + ThreadTraceScenario.run(seed).traceHash();
    }
}
