package io.kvmesh.model;

import io.kvmesh.runtime.Invariants;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is stored under a key: a value with its version, or a tombstone with its version. Immutable as long as nobody
 * writes to the value's array, which is shared and not copied.
 *
 * <p>An expiry of {@link #NEVER} means that the value does not expire; a tombstone never has one.
 */
public final class Cell {
    /** The expiry of a value that does not expire. */
    public static final long NEVER = 0L;

    private final byte @Nullable [] value;
    private final Version version;
    private final long expiryMicros;

    private Cell(byte @Nullable [] value, Version version, long expiryMicros) {
        this.value = value;
        this.version = version;
        this.expiryMicros = expiryMicros;
    }

    public static Cell of(byte[] value, Version version) {
        return new Cell(value, version, NEVER);
    }

    /** A value that reads as absent from the given wall time on. */
    public static Cell expiring(byte[] value, Version version, long expiryMicros) {
        Invariants.check(expiryMicros >= 0, "an expiry is not negative");
        return new Cell(value, version, expiryMicros);
    }

    public static Cell tombstone(Version version) {
        return new Cell(null, version, NEVER);
    }

    public boolean isTombstone() {
        return value == null;
    }

    /** Whether a reader at this wall time sees a value: neither deleted nor expired. */
    public boolean isLive(long nowMicros) {
        return value != null && (expiryMicros == NEVER || nowMicros < expiryMicros);
    }

    /** The value's bytes, shared and read only. Must not be called on a tombstone. */
    public byte[] value() {
        return Objects.requireNonNull(value, "a tombstone has no value");
    }

    public Version version() {
        return version;
    }

    public long expiryMicros() {
        return expiryMicros;
    }

    /** The cell that wins: the newer version; of two with one version the tombstone, then the greater value. */
    public static Cell newest(Cell first, Cell second) {
        int order = first.version.compareTo(second.version);
        if (order != 0) {
            return order > 0 ? first : second;
        }
        if (first.isTombstone() || second.isTombstone()) {
            return first.isTombstone() ? first : second;
        }
        return Arrays.compareUnsigned(first.value(), second.value()) >= 0 ? first : second;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cell cell
                && version.equals(cell.version)
                && expiryMicros == cell.expiryMicros
                && Arrays.equals(value, cell.value);
    }

    @Override
    public int hashCode() {
        return version.hashCode();
    }

    @Override
    public String toString() {
        return (value == null ? "tombstone" : value.length + " bytes") + " at " + version;
    }
}
