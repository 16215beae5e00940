package io.kvmesh.testkit.history;

import java.util.List;
import java.util.Map;

/**
 * What members looked like after all faults were over, everything was repaired, and they had been quiet for a while.
 * Immutable.
 *
 * @param atNanos when it was looked at
 * @param rings what each member takes the ring to be, as text
 * @param cells by key and member, the cell that the member's disk held after it had stopped, as text
 * @param loggedErrors what members logged as ERROR that the faults of the run do not explain
 * @param codeFailures what threw inside a member where nothing may
 * @param leaks what was still in use when nothing was going on
 * @param damages which files members found damaged that the faults of the run do not explain
 */
public record EndState(
        long atNanos,
        Map<Integer, String> rings,
        Map<String, Map<Integer, String>> cells,
        List<String> loggedErrors,
        List<String> codeFailures,
        List<String> leaks,
        List<String> damages) {
    /** Nothing is known, and nothing is wrong. */
    public static final EndState UNKNOWN =
            new EndState(0, Map.of(), Map.of(), List.of(), List.of(), List.of(), List.of());
}
