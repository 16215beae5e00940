package io.kvmesh.testkit.campaign;

import io.kvmesh.testkit.history.Violation;
import java.util.List;

/**
 * What became of one seed. Immutable.
 *
 * @param faults how many faults took effect
 * @param timeline the last events, a line each
 */
record SeedResult(
        long seed,
        Scenario scenario,
        RunSettings settings,
        FaultPlan plan,
        List<Violation> violations,
        long events,
        long virtualNanos,
        int faults,
        int operations,
        long traceHash,
        List<String> timeline) {
    SeedResult {
        violations = List.copyOf(violations);
        timeline = List.copyOf(timeline);
    }

    boolean isGood() {
        return violations.isEmpty();
    }
}
