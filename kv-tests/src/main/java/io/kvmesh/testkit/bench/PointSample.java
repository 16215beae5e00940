package io.kvmesh.testkit.bench;

import java.util.Map;
import java.util.TreeMap;

/**
 * What one process, or several merged, did in the measured window of one point. Not safe for several threads.
 *
 * <p>A failed operation is counted as an error and in no histogram.
 */
final class PointSample {
    final LatencyHistogram reads;
    final LatencyHistogram writes;
    final TreeMap<String, Long> errors = new TreeMap<>();
    long wrong;
    String firstWrong = "";
    String firstError = "";
    long windowNanos;
    long cpuNanos;
    long gcPauseMillis;
    long heapBytesMax;

    PointSample() {
        this(new LatencyHistogram(), new LatencyHistogram());
    }

    private PointSample(LatencyHistogram reads, LatencyHistogram writes) {
        this.reads = reads;
        this.writes = writes;
    }

    void error(String kind) {
        errors.merge(kind, 1L, Long::sum);
    }

    void error(RuntimeException failure) {
        error(failure.getClass().getSimpleName());
        if (firstError.isEmpty()) {
            firstError = String.valueOf(failure.getMessage());
        }
    }

    /** Adds the errors and wrong values of another time, and nothing else. */
    void mergeFaults(PointSample other) {
        other.errors.forEach((kind, count) -> errors.merge(kind, count, Long::sum));
        wrong += other.wrong;
        firstWrong = firstWrong.isEmpty() ? other.firstWrong : firstWrong;
        firstError = firstError.isEmpty() ? other.firstError : firstError;
    }

    void wrong(String what) {
        wrong++;
        if (firstWrong.isEmpty()) {
            firstWrong = what;
        }
    }

    /** Adds what others did at the same time. */
    void merge(PointSample other) {
        reads.merge(other.reads);
        writes.merge(other.writes);
        mergeFaults(other);
        windowNanos = Math.max(windowNanos, other.windowNanos);
        cpuNanos += other.cpuNanos;
        gcPauseMillis += other.gcPauseMillis;
        heapBytesMax = Math.max(heapBytesMax, other.heapBytesMax);
    }

    LatencyHistogram all() {
        LatencyHistogram both = new LatencyHistogram();
        both.merge(reads);
        both.merge(writes);
        return both;
    }

    long operations() {
        return reads.total() + writes.total();
    }

    double operationsPerSecond() {
        return windowNanos == 0 ? 0 : operations() * 1e9 / windowNanos;
    }

    double cpuMicrosPerOperation() {
        return operations() == 0 ? 0 : cpuNanos / 1e3 / operations();
    }

    long errorCount() {
        return errors.values().stream().mapToLong(Long::longValue).sum();
    }

    /** One line of words {@code name=value}. */
    String encode() {
        StringBuilder text = new StringBuilder();
        text.append("reads=").append(reads.encode()).append(" writes=").append(writes.encode());
        text.append(" wrong=").append(wrong).append(" window=").append(windowNanos);
        text.append(" cpu=").append(cpuNanos).append(" gc=").append(gcPauseMillis);
        text.append(" heap=").append(heapBytesMax);
        text.append(" firstWrong=").append(oneWord(firstWrong));
        text.append(" firstError=").append(oneWord(firstError));
        errors.forEach(
                (kind, count) -> text.append(" error.").append(kind).append('=').append(count));
        return text.toString();
    }

    static PointSample decode(String line) {
        Map<String, String> words = Words.parse(line);
        PointSample sample = new PointSample(
                LatencyHistogram.decode(Words.text(words, "reads")),
                LatencyHistogram.decode(Words.text(words, "writes")));
        sample.wrong = Words.number(words, "wrong");
        sample.windowNanos = Words.number(words, "window");
        sample.cpuNanos = Words.number(words, "cpu");
        sample.gcPauseMillis = Words.number(words, "gc");
        sample.heapBytesMax = Words.number(words, "heap");
        sample.firstWrong = Words.text(words, "firstWrong").replace('_', ' ');
        sample.firstError = Words.text(words, "firstError").replace('_', ' ');
        words.forEach((name, value) -> {
            if (name.startsWith("error.")) {
                sample.errors.put(name.substring("error.".length()), Long.parseLong(value));
            }
        });
        return sample;
    }

    private static String oneWord(String text) {
        return text.replace(' ', '_').replace('\n', '_');
    }
}
