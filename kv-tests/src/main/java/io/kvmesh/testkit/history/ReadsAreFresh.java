package io.kvmesh.testkit.history;

import java.util.List;

/**
 * A read at R sees the latest write at W that ended before it began, or one at the same time, when R + W is greater
 * than N by more than the replicas that forgot. Stateless.
 */
public final class ReadsAreFresh implements Checker {
    @Override
    public List<Violation> check(Evidence evidence) {
        return StaleReads.find(evidence, read -> read.callNanos() < evidence.finalSinceNanos()).stream()
                .filter(StaleReads.StaleRead::missedWrite)
                .map(stale -> new Violation(
                        name(),
                        "a read missed a write that it had to see",
                        stale.read().returnNanos(),
                        stale.lines()))
                .toList();
    }
}
