package io.kvmesh.model;

/**
 * The identity of a member, drawn at random when its directory is created and kept for ever. Ordered as an unsigned
 * number. Immutable.
 */
public record NodeId(long value) implements Comparable<NodeId> {

    @Override
    public int compareTo(NodeId other) {
        return Long.compareUnsigned(value, other.value);
    }

    /** Sixteen hexadecimal digits. */
    @Override
    public String toString() {
        return String.format("%016x", value);
    }
}
