package io.kvmesh.testkit.history;

import java.util.List;

/**
 * After all faults are over, a read of all replicas sees every write that was acknowledged, unless as many replicas
 * forgot it as acknowledged it. Stateless.
 */
public final class NoAcknowledgedWriteIsLost implements Checker {
    @Override
    public List<Violation> check(Evidence evidence) {
        return StaleReads.find(evidence, read -> read.callNanos() >= evidence.finalSinceNanos()).stream()
                .filter(StaleReads.StaleRead::missedWrite)
                .map(stale -> new Violation(
                        name(),
                        "a write that was acknowledged or seen is gone at the end",
                        stale.read().returnNanos(),
                        stale.lines()))
                .toList();
    }
}
