package io.kvmesh.model;

import java.nio.charset.StandardCharsets;

/**
 * The identity of a map on disk and on the wire: the first 64 bits of the hash of its name, so that all members derive
 * the same one without agreement. Ordered as an unsigned number. Immutable.
 */
public record MapId(long value) implements Comparable<MapId> {

    public static MapId ofName(String name) {
        return new MapId(Murmur3.hash128(name.getBytes(StandardCharsets.UTF_8)).high());
    }

    @Override
    public int compareTo(MapId other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return String.format("%016x", value);
    }
}
