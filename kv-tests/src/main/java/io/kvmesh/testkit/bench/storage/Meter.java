package io.kvmesh.testkit.bench.storage;

import io.kvmesh.testkit.bench.LatencyHistogram;
import java.util.List;

/** Counts what one thread did. Confined to that thread until it has ended. */
final class Meter {
    final LatencyHistogram latencies = new LatencyHistogram();
    private long operations;

    /** One call that did a number of operations. */
    void add(long nanos, long operationsDone) {
        latencies.record(nanos);
        operations += operationsDone;
    }

    long operations() {
        return operations;
    }

    /** What threads that have ended did together. */
    static Meter sum(List<Meter> meters) {
        Meter sum = new Meter();
        for (Meter meter : meters) {
            sum.latencies.merge(meter.latencies);
            sum.operations += meter.operations;
        }
        return sum;
    }
}
