package io.kvmesh.membership;

import java.util.Arrays;

/**
 * One property of a member in its wire form, and the version at which it was set. Immutable: nobody writes to the
 * array.
 */
final class Field {
    private final long version;
    private final byte[] bytes;

    Field(long version, byte[] bytes) {
        this.version = version;
        this.bytes = bytes;
    }

    long version() {
        return version;
    }

    byte[] bytes() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Field field && version == field.version && Arrays.equals(bytes, field.bytes);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(version) * 31 + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return bytes.length + " bytes at " + version;
    }
}
