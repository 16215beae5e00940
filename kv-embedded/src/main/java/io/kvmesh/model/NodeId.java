package io.kvmesh.model;

/**
 * The identity of a member, drawn at random when its directory is created and kept for ever. Ordered as an unsigned
 * number. Immutable.
 */
public record NodeId(long value) implements Comparable<NodeId> {

    /**
     * The identity that {@link #toString} wrote.
     *
     * @throws NumberFormatException if the text is no hexadecimal number of 64 bits
     */
    public static NodeId parse(String text) {
        return new NodeId(Long.parseUnsignedLong(text, 16));
    }

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
