package io.kvmesh.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keys that follow each other. Immutable.
 *
 * @param from the first key that may belong to it
 * @param to the first key behind it; null if there is none
 */
public record KeySpan(Key from, @Nullable Key to) {
    private static final int PARTITIONS_MAX = 1 << 16;

    /** All keys of a map. */
    public static final KeySpan ALL = new KeySpan(Key.of(0, new byte[0]), null);

    public KeySpan {
        if (to != null && from.compareTo(to) >= 0) {
            throw new IllegalArgumentException("a span from " + from + " cannot end before its first key, at " + to);
        }
    }

    /** From one key to another, both included. */
    public static KeySpan closed(Key first, Key last) {
        return new KeySpan(first, after(last));
    }

    /** The least key that is greater than this one. */
    public static Key after(Key key) {
        return Key.ofStorageBytes(Arrays.copyOf(key.bytes(), key.length() + 1));
    }

    /** All keys of the partitions from one to another, both included. */
    public static KeySpan ofPartitions(int first, int last) {
        Key end = last + 1 < PARTITIONS_MAX ? Key.of(last + 1, new byte[0]) : null;
        return new KeySpan(Key.of(first, new byte[0]), end);
    }

    public boolean contains(Key key) {
        return from.compareTo(key) <= 0 && isBefore(key, to);
    }

    public boolean contains(KeySpan other) {
        Key otherEnd = other.to;
        boolean endsInside = to == null || (otherEnd != null && otherEnd.compareTo(to) <= 0);
        return endsInside && from.compareTo(other.from) <= 0;
    }

    /** Whether a key may belong to both. */
    public boolean overlaps(KeySpan other) {
        return isBefore(from, other.to) && isBefore(other.from, to);
    }

    /** What belongs to both, which must overlap. */
    public KeySpan and(KeySpan other) {
        Key begin = from.compareTo(other.from) >= 0 ? from : other.from;
        Key end = to != null && isBefore(to, other.to) ? to : other.to;
        return new KeySpan(begin, end);
    }

    private static boolean isBefore(Key key, @Nullable Key end) {
        return end == null || key.compareTo(end) < 0;
    }
}
