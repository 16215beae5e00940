package io.kvmesh.testkit.scenario;

import io.kvmesh.testkit.bench.LatencyHistogram;
import io.kvmesh.testkit.bench.Words;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The calls of several members in a span of time. Immutable once made. */
final class LoadWindow {
    private static final double P99 = 0.99;

    private final LatencyHistogram reads = new LatencyHistogram();
    private final LatencyHistogram writes = new LatencyHistogram();
    private final StringBuilder failures = new StringBuilder();

    /** @param answers what the members said to {@code window} */
    LoadWindow(List<Map<String, String>> answers) {
        for (Map<String, String> answer : answers) {
            reads.merge(LatencyHistogram.decode(Words.text(answer, "reads")));
            writes.merge(LatencyHistogram.decode(Words.text(answer, "writes")));
            failures.append(Words.text(answer, "failures"));
        }
    }

    long readP99Micros() {
        return micros(reads, P99);
    }

    long writeP99Micros() {
        return micros(writes, P99);
    }

    String describe() {
        return String.format(
                Locale.ROOT,
                "%,d reads: p50 %,d us, p99 %,d us, longest %,d us; %,d writes: p50 %,d us, p99 %,d us, longest %,d us;"
                        + " failed: %s",
                reads.total(),
                micros(reads, 0.5),
                readP99Micros(),
                micros(reads, 1),
                writes.total(),
                micros(writes, 0.5),
                writeP99Micros(),
                micros(writes, 1),
                failures);
    }

    private static long micros(LatencyHistogram histogram, double share) {
        return TimeUnit.NANOSECONDS.toMicros(histogram.quantileNanos(share));
    }
}
