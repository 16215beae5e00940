package io.kvmesh.api;

import java.util.List;

/**
 * The condition of a store. Immutable.
 *
 * @param problems a sentence each, empty exactly when the status is OK
 */
public record Health(Status status, List<String> problems) {
    public Health {
        problems = List.copyOf(problems);
    }

    @Override
    public String toString() {
        return problems.isEmpty() ? status.toString() : status + ": " + String.join("; ", problems);
    }

    /** From good to bad. */
    public enum Status {
        OK,
        /** Works, with fewer replicas than asked for, or with members missing. */
        DEGRADED,
        /** Reads work, writes are refused. */
        READ_ONLY,
        CLOSED
    }
}
