package io.kvmesh.storage.memtable;

import java.util.Arrays;

/**
 * Leaves of the list in an arena: each holds the addresses of up to {@link #ENTRIES_MAX} nodes whose keys are not less
 * than its lower bound, in the order in which they came. One writer at a time; any number of readers meanwhile.
 *
 * <p>A leaf is one piece of the arena. Its tower of links stands in front of its address, so that everything but the
 * end of a long lower bound has a fixed place:
 *
 * <pre>
 * link of level h-1 (4) ... link of level 0 (4)
 * | state (4) | length of the lower bound (4) | its first 16 bytes | fingerprints (32) | slots (32 * 4) | its rest
 * </pre>
 *
 * A search touches the first line or two of a few leaves, then the fingerprints and a slot of one. The state is the
 * count of entries, whether the leaf is being divided, and how often it was. An entry is added behind the others and
 * then counted, which readers need not notice. A division takes entries away: what was read is good only if the leaf
 * was not being divided, and was divided no more often afterwards. The lower bound never changes, and no leaf goes
 * away.
 */
final class Leaves {
    static final int ENTRIES_MAX = 32;
    /** What no leaf has as its address. */
    static final int NONE = 0;

    private static final int LINK_BYTES = 4;
    private static final int SLOT_BYTES = 4;
    private static final int BOUND_LENGTH_AT = 4;
    private static final int BOUND_AT = 8;
    private static final int FINGERPRINTS_AT = BOUND_AT + KeyNodes.PREFIX_BYTES;
    private static final int SLOTS_AT = FINGERPRINTS_AT + ENTRIES_MAX;
    private static final int REST_AT = SLOTS_AT + ENTRIES_MAX * SLOT_BYTES;

    private static final int COUNT_MASK = 2 * ENTRIES_MAX - 1;
    private static final int DIVIDING = COUNT_MASK + 1;
    private static final int DIVISION = 2 * DIVIDING;

    private static final long EACH_BYTE = 0x0101010101010101L;
    private static final long TOP_BITS = 0x8080808080808080L;

    private final Arena arena;
    private final KeyNodes nodes;

    Leaves(Arena arena, KeyNodes nodes) {
        this.arena = arena;
        this.nodes = nodes;
    }

    /** An empty leaf whose links lead nowhere. */
    int add(int levels, byte[] bound) {
        int towerBytes = (levels * LINK_BYTES + 7) & -8;
        int restBytes = Math.max(0, bound.length - KeyNodes.PREFIX_BYTES);
        int piece = arena.allocate(towerBytes + REST_AT + restBytes);
        byte[] chunk = arena.chunk(piece);
        int from = Arena.offset(piece);
        int at = from + towerBytes;
        // What lies behind the lower bound is written before it is counted.
        Arrays.fill(chunk, from, at + FINGERPRINTS_AT, (byte) 0);
        Words.setInt(chunk, at + BOUND_LENGTH_AT, bound.length);
        int prefixBytes = bound.length - restBytes;
        System.arraycopy(bound, 0, chunk, at + BOUND_AT, prefixBytes);
        System.arraycopy(bound, prefixBytes, chunk, at + REST_AT, restBytes);
        return Arena.plus(piece, towerBytes);
    }

    /** The next leaf of a level, or 0. */
    int next(int leaf, int level) {
        return Words.seenInt(arena.chunk(leaf), Arena.offset(leaf) - LINK_BYTES * (level + 1));
    }

    /** Whoever follows a link sees all that was written before it was set. */
    void link(int leaf, int level, int target) {
        Words.publishInt(arena.chunk(leaf), Arena.offset(leaf) - LINK_BYTES * (level + 1), target);
    }

    /** A copy of the lower bound. */
    byte[] bound(int leaf) {
        byte[] chunk = arena.chunk(leaf);
        int at = Arena.offset(leaf);
        int length = Words.getInt(chunk, at + BOUND_LENGTH_AT);
        int prefixBytes = Math.min(KeyNodes.PREFIX_BYTES, length);
        byte[] bound = new byte[length];
        System.arraycopy(chunk, at + BOUND_AT, bound, 0, prefixBytes);
        System.arraycopy(chunk, at + REST_AT, bound, prefixBytes, length - prefixBytes);
        return bound;
    }

    /** Compares the lower bound of a leaf with a key. */
    int compareBound(int leaf, byte[] key) {
        return compareBound(leaf, key, KeyNodes.prefix(key, 0), KeyNodes.prefix(key, Long.BYTES));
    }

    /** Compares the lower bound of a leaf with a key, whose prefix is given as well. */
    int compareBound(int leaf, byte[] key, long high, long low) {
        byte[] chunk = arena.chunk(leaf);
        int at = Arena.offset(leaf);
        long boundHigh = Words.getLong(chunk, at + BOUND_AT);
        if (boundHigh != high) {
            return Long.compareUnsigned(boundHigh, high);
        }
        long boundLow = Words.getLong(chunk, at + BOUND_AT + Long.BYTES);
        if (boundLow != low) {
            return Long.compareUnsigned(boundLow, low);
        }
        int length = Words.getInt(chunk, at + BOUND_LENGTH_AT);
        int restBytes = length - KeyNodes.PREFIX_BYTES;
        if (restBytes <= 0 || key.length <= KeyNodes.PREFIX_BYTES) {
            return Integer.compare(length, key.length);
        }
        int from = at + REST_AT;
        return Arrays.compareUnsigned(chunk, from, from + restBytes, key, KeyNodes.PREFIX_BYTES, key.length);
    }

    /** The state, which says how much of the leaf may be read. */
    int state(int leaf) {
        return Words.seenInt(arena.chunk(leaf), Arena.offset(leaf));
    }

    static int count(int state) {
        return state & COUNT_MASK;
    }

    /** Whether what was read of a leaf since it had a state is what the leaf had then. */
    boolean isUndivided(int leaf, int state) {
        int seen = Words.seenAgain(arena.chunk(leaf), Arena.offset(leaf));
        return (state & DIVIDING) == 0 && ((seen ^ state) & ~COUNT_MASK) == 0;
    }

    /** The node of an entry. */
    int node(int leaf, int index) {
        return Words.seenInt(arena.chunk(leaf), Arena.offset(leaf) + SLOTS_AT + SLOT_BYTES * index);
    }

    /** The node of a key among the first entries, or 0. */
    int find(int leaf, int count, byte[] key, int fingerprint) {
        byte[] chunk = arena.chunk(leaf);
        int at = Arena.offset(leaf);
        long sought = fingerprint * EACH_BYTE;
        for (int from = 0; from < count; from += Long.BYTES) {
            long differing = Words.getLong(chunk, at + FINGERPRINTS_AT + from) ^ sought;
            // A bit for each byte that is zero, and perhaps for others, whose keys turn out to be others.
            long matches = (differing - EACH_BYTE) & ~differing & TOP_BITS;
            while (matches != 0) {
                int zeros = Long.numberOfLeadingZeros(matches);
                int index = from + zeros / Byte.SIZE;
                if (index >= count) {
                    return NONE;
                }
                int node = Words.seenInt(chunk, at + SLOTS_AT + SLOT_BYTES * index);
                if (nodes.is(node, key, fingerprint)) {
                    return node;
                }
                matches &= ~(Long.MIN_VALUE >>> zeros);
            }
        }
        return NONE;
    }

    /** Adds an entry to a leaf that has room. */
    void append(int leaf, int node, int fingerprint) {
        byte[] chunk = arena.chunk(leaf);
        int at = Arena.offset(leaf);
        int state = Words.getInt(chunk, at);
        set(chunk, at, count(state), node, fingerprint);
        Words.publishInt(chunk, at, state + 1);
    }

    /** Leaves a leaf the first nodes of a sorted copy. The others are in leaves that are linked behind it by now. */
    void keep(int leaf, LeafCopy sorted, int count) {
        byte[] chunk = arena.chunk(leaf);
        int at = Arena.offset(leaf);
        int dividing = (Words.getInt(chunk, at) & -DIVISION) + DIVIDING;
        Words.publishInt(chunk, at, dividing);
        Words.beforeLaterWrites();
        for (int i = 0; i < count; i++) {
            set(chunk, at, i, sorted.node(i), nodes.fingerprint(sorted.node(i)));
        }
        Words.publishInt(chunk, at, dividing + DIVIDING + count);
    }

    private static void set(byte[] chunk, int at, int index, int node, int fingerprint) {
        chunk[at + FINGERPRINTS_AT + index] = (byte) fingerprint;
        Words.setInt(chunk, at + SLOTS_AT + SLOT_BYTES * index, node);
    }
}
