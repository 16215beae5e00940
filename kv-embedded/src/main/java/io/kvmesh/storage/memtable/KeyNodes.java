package io.kvmesh.storage.memtable;

import io.kvmesh.model.Key;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.storage.record.RecordView;
import java.util.Arrays;

/**
 * Keys in an arena, each with a number that its user gives a meaning. One writer at a time; any number of readers of
 * addresses that the writer published.
 *
 * <p>A node is: number (4) | key length, with the key's fingerprint above it (4) | key, zeros up to 16 bytes at least.
 * Only the number changes. Keys compare as two longs first, which settles most.
 */
final class KeyNodes {
    /** The bytes of a key that compare as two longs, with zeros behind the end of a shorter one. */
    static final int PREFIX_BYTES = 16;

    private static final int HEAD_AT = 4;
    private static final int KEY_AT = 8;
    private static final int LENGTH_BITS = 24;
    static final int KEY_BYTES_MAX = (1 << LENGTH_BITS) - 1;

    private final Arena arena;

    KeyNodes(Arena arena) {
        this.arena = arena;
    }

    /** Copies a key in and returns its address. */
    int add(byte[] key, int fingerprint, int number) {
        Invariants.check(key.length <= KEY_BYTES_MAX, "a key has %s bytes, more than %s", key.length, KEY_BYTES_MAX);
        int node = arena.allocate(KEY_AT + Math.max(PREFIX_BYTES, key.length));
        byte[] chunk = arena.chunk(node);
        int at = Arena.offset(node);
        Words.setInt(chunk, at, number);
        Words.setInt(chunk, at + HEAD_AT, head(key, fingerprint));
        System.arraycopy(key, 0, chunk, at + KEY_AT, key.length);
        if (key.length < PREFIX_BYTES) {
            Arrays.fill(chunk, at + KEY_AT + key.length, at + KEY_AT + PREFIX_BYTES, (byte) 0);
        }
        return node;
    }

    int number(int node) {
        return Words.seenInt(arena.chunk(node), Arena.offset(node));
    }

    /** What the number stands for is seen by whoever sees the number. */
    void setNumber(int node, int number) {
        Words.publishInt(arena.chunk(node), Arena.offset(node), number);
    }

    /** The fingerprint that the key was added with. */
    int fingerprint(int node) {
        return Words.getInt(arena.chunk(node), Arena.offset(node) + HEAD_AT) >>> LENGTH_BITS;
    }

    /** A copy of the key. */
    Key key(int node) {
        byte[] chunk = arena.chunk(node);
        int from = Arena.offset(node) + KEY_AT;
        return Key.ofStorageBytes(Arrays.copyOfRange(chunk, from, from + length(chunk, from - KEY_AT)));
    }

    /** Shows the key. */
    void show(int node, RecordView view) {
        byte[] chunk = arena.chunk(node);
        int at = Arena.offset(node);
        view.showKey(chunk, at + KEY_AT, length(chunk, at));
    }

    /** Whether a node has this key, which has this fingerprint. */
    boolean is(int node, byte[] key, int fingerprint) {
        byte[] chunk = arena.chunk(node);
        int at = Arena.offset(node);
        int from = at + KEY_AT;
        return Words.getInt(chunk, at + HEAD_AT) == head(key, fingerprint)
                && Arrays.equals(chunk, from, from + key.length, key, 0, key.length);
    }

    private static int head(byte[] key, int fingerprint) {
        return fingerprint << LENGTH_BITS | key.length;
    }

    /** The first eight bytes. */
    long high(int node) {
        return Words.getLong(arena.chunk(node), Arena.offset(node) + KEY_AT);
    }

    /** The second eight bytes. */
    long low(int node) {
        return Words.getLong(arena.chunk(node), Arena.offset(node) + KEY_AT + Long.BYTES);
    }

    /** Compares the key of a node with another one. */
    int compare(int node, byte[] key) {
        return compare(node, key, prefix(key, 0), prefix(key, Long.BYTES));
    }

    /** Compares the key of a node with another one, whose prefix is given as well. */
    int compare(int node, byte[] key, long high, long low) {
        int order = Long.compareUnsigned(high(node), high);
        order = order != 0 ? order : Long.compareUnsigned(low(node), low);
        return order != 0 ? order : compareRest(node, key);
    }

    /** Compares the key of a node with one that has the same prefix. */
    int compareRest(int node, byte[] key) {
        byte[] chunk = arena.chunk(node);
        int at = Arena.offset(node);
        int length = length(chunk, at);
        if (length <= PREFIX_BYTES || key.length <= PREFIX_BYTES) {
            return Integer.compare(length, key.length);
        }
        int from = at + KEY_AT;
        return Arrays.compareUnsigned(chunk, from + PREFIX_BYTES, from + length, key, PREFIX_BYTES, key.length);
    }

    /** Compares the keys of two nodes. */
    int compare(int first, int second) {
        byte[] firstChunk = arena.chunk(first);
        byte[] secondChunk = arena.chunk(second);
        int firstAt = Arena.offset(first);
        int secondAt = Arena.offset(second);
        return Arrays.compareUnsigned(
                firstChunk,
                firstAt + KEY_AT,
                firstAt + KEY_AT + length(firstChunk, firstAt),
                secondChunk,
                secondAt + KEY_AT,
                secondAt + KEY_AT + length(secondChunk, secondAt));
    }

    /** The shortest beginning of the greater of two keys that is greater than the smaller one. */
    byte[] separator(int smaller, int greater) {
        byte[] smallerChunk = arena.chunk(smaller);
        byte[] greaterChunk = arena.chunk(greater);
        int smallerFrom = Arena.offset(smaller) + KEY_AT;
        int greaterFrom = Arena.offset(greater) + KEY_AT;
        int same = Arrays.mismatch(
                smallerChunk,
                smallerFrom,
                smallerFrom + length(smallerChunk, smallerFrom - KEY_AT),
                greaterChunk,
                greaterFrom,
                greaterFrom + length(greaterChunk, greaterFrom - KEY_AT));
        return Arrays.copyOfRange(greaterChunk, greaterFrom, greaterFrom + same + 1);
    }

    private static int length(byte[] chunk, int at) {
        return Words.getInt(chunk, at + HEAD_AT) & KEY_BYTES_MAX;
    }

    /** Eight bytes of a key as a number, with zeros behind its end. */
    static long prefix(byte[] key, int from) {
        if (key.length >= from + Long.BYTES) {
            return Words.getLong(key, from);
        }
        long value = 0;
        for (int i = from; i < key.length; i++) {
            value |= (key[i] & 0xFFL) << (56 - 8 * (i - from));
        }
        return value;
    }
}
