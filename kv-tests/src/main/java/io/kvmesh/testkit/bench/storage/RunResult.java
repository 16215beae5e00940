package io.kvmesh.testkit.bench.storage;

import io.kvmesh.testkit.bench.LatencyHistogram;
import io.kvmesh.testkit.bench.ResourceUse;
import io.kvmesh.testkit.bench.Words;
import java.util.Map;

/**
 * What one process measured of one kind of call. Immutable, but for the histogram, which nobody changes any more.
 *
 * @param series the workload, or one half of it where calls of two kinds are rated apart
 * @param operations what the rate counts: entries or calls
 * @param processOperations the operations of all series that ran at the same time, which share the CPU time
 * @param use in the measured time
 * @param settled from the start of the measured time until the engine had nothing left to do
 */
record RunResult(
        String series,
        long operations,
        long processOperations,
        LatencyHistogram latencies,
        ProcessUse use,
        ProcessUse settled,
        Footprint footprint) {

    /**
     * What the engine occupies at the end. Immutable.
     *
     * @param userBytes keys and values that were written, in the measured time and until the engine had settled
     */
    record Footprint(long userBytes, long diskBytes, long tableBytes, long heapBytes, long residentBytes) {}

    double operationsPerSecond() {
        return operations * 1e9 / Math.max(1, use.wallNanos());
    }

    double cpuMicros() {
        return use.resources().cpuNanos() / 1e3 / Math.max(1, processOperations);
    }

    /** CPU time that includes the work which a write leaves for later. */
    double cpuMicrosSettled() {
        return settled.resources().cpuNanos() / 1e3 / Math.max(1, processOperations);
    }

    double gcShare() {
        return use.resources().gcPauseMillis() * 1e6 / Math.max(1, use.wallNanos());
    }

    double settleSeconds() {
        return (settled.wallNanos() - use.wallNanos()) / 1e9;
    }

    /** Bytes written to disk for each byte that was put; 0 where nothing was. */
    double writeAmplification() {
        return footprint.userBytes == 0 ? 0 : (double) settled.bytesWritten() / footprint.userBytes;
    }

    String encode() {
        return "series=" + series + " operations=" + operations + " together=" + processOperations
                + " latencies=" + latencies.encode() + encode(" use.", use) + encode(" settled.", settled)
                + " user=" + footprint.userBytes + " disk=" + footprint.diskBytes + " tables=" + footprint.tableBytes
                + " heap=" + footprint.heapBytes + " resident=" + footprint.residentBytes;
    }

    private static String encode(String prefix, ProcessUse use) {
        return prefix + "wall=" + use.wallNanos() + prefix + "cpu="
                + use.resources().cpuNanos() + prefix + "gc="
                + use.resources().gcPauseMillis() + prefix + "written=" + use.bytesWritten();
    }

    static RunResult decode(String line) {
        Map<String, String> words = Words.parse(line);
        return new RunResult(
                Words.text(words, "series"),
                Words.number(words, "operations"),
                Words.number(words, "together"),
                LatencyHistogram.decode(Words.text(words, "latencies")),
                decodeUse("use.", words),
                decodeUse("settled.", words),
                new Footprint(
                        Words.number(words, "user"),
                        Words.number(words, "disk"),
                        Words.number(words, "tables"),
                        Words.number(words, "heap"),
                        Words.number(words, "resident")));
    }

    private static ProcessUse decodeUse(String prefix, Map<String, String> words) {
        return new ProcessUse(
                Words.number(words, prefix + "wall"),
                new ResourceUse(Words.number(words, prefix + "cpu"), Words.number(words, prefix + "gc")),
                Words.number(words, prefix + "written"));
    }
}
