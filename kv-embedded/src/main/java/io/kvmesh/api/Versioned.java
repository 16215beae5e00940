package io.kvmesh.api;

import java.util.Objects;

/**
 * A value with the version under which it was written. Immutable.
 *
 * @param timestampMicros the stamp of the write, in microseconds since 1970-01-01T00:00:00Z, by the coordinator's
 *     hybrid logical clock: close to wall time, strictly greater for a later write of one member
 * @param version an opaque text that is equal for two reads exactly when they saw the same write
 */
public record Versioned<V>(V value, long timestampMicros, String version) {
    public Versioned {
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(version, "version");
    }
}
