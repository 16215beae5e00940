package io.kvmesh.testkit.history;

import java.util.List;

/**
 * A broken promise. Immutable.
 *
 * @param checker the name of the checker that found it
 * @param message what was promised, and what was seen
 * @param atNanos when it was seen, in the time of the history
 * @param evidence the operations, or whatever else shows it, a line each
 */
public record Violation(String checker, String message, long atNanos, List<String> evidence) {
    public Violation {
        evidence = List.copyOf(evidence);
    }

    @Override
    public String toString() {
        return checker + ": " + message + (evidence.isEmpty() ? "" : "\n  " + String.join("\n  ", evidence));
    }
}
