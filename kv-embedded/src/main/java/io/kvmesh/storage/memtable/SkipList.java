package io.kvmesh.storage.memtable;

import io.kvmesh.model.Key;
import io.kvmesh.storage.record.RecordView;
import java.util.Arrays;

/**
 * Sorted keys in an arena, each with a number that its user gives a meaning (0 for none). One writer at a time; any
 * number of readers meanwhile, without a lock.
 *
 * <p>A node is one piece of the arena, and its address is that of the number. The tower of links stands in front of it,
 * so that the key has a fixed place:
 *
 * <pre>
 * link of level h-1 (4) ... link of level 0 (4) | number (4) | key length (4) | key, zeros up to 16 bytes at least
 * </pre>
 *
 * Keys compare as two longs first, which settles most. Links and numbers are published with release and read with
 * acquire, so whoever follows one sees all that was written before; a link is set only when the node behind it is
 * complete.
 */
final class SkipList {
    /** Enough for 4^12 keys. */
    static final int HEIGHT_MAX = 12;

    private static final int LINK_BYTES = 4;
    private static final int KEY_LENGTH_AT = 4;
    private static final int KEY_AT = 8;
    private static final int PREFIX_BYTES = 16;
    private static final int NONE = 0;

    private final Arena arena;
    private final int head;
    /** The last node of each level, or the head. Used by the writer. */
    private final int[] tail = new int[HEIGHT_MAX];
    /** The node before the sought one on each level. Used by the writer. */
    private final int[] before = new int[HEIGHT_MAX];
    /** Levels in use. A reader that sees too few is slower, not wrong. */
    private volatile int height = 1;
    /** Draws the heights of towers; no one gains from guessing them. */
    private long random = 0x9E3779B97F4A7C15L;

    SkipList(Arena arena) {
        this.arena = arena;
        int headBytes = HEIGHT_MAX * LINK_BYTES;
        int piece = arena.allocate(headBytes + KEY_AT);
        Arrays.fill(arena.chunk(piece), Arena.offset(piece), Arena.offset(piece) + headBytes + KEY_AT, (byte) 0);
        head = Arena.plus(piece, headBytes);
        Arrays.fill(tail, head);
    }

    /** The node of a key, or 0. */
    int find(Key key) {
        byte[] bytes = key.bytes();
        long high = prefix(bytes, 0);
        long low = prefix(bytes, 8);
        int node = head;
        int greater = NONE;
        for (int level = height - 1; level >= 0; level--) {
            for (int next = next(node, level); next != greater; next = next(node, level)) {
                int order = compare(next, bytes, high, low);
                if (order == 0) {
                    return next;
                }
                if (order > 0) {
                    // A lower level need not compare with this one again.
                    greater = next;
                    break;
                }
                node = next;
            }
        }
        return NONE;
    }

    /** The node of the least key at or behind this one, or 0. */
    int findAtOrAfter(Key key) {
        byte[] bytes = key.bytes();
        return atOrAfter(bytes, prefix(bytes, 0), prefix(bytes, 8));
    }

    /** The node of the greatest key before this one, or 0. */
    int findBefore(Key key) {
        byte[] bytes = key.bytes();
        return found(nodeBefore(bytes, prefix(bytes, 0), prefix(bytes, 8)));
    }

    /** The first node, or 0. */
    int first() {
        return next(head, 0);
    }

    /** The last node, or 0. */
    int last() {
        int node = head;
        for (int level = height - 1; level >= 0; level--) {
            for (int next = next(node, level); next != NONE; next = next(node, level)) {
                node = next;
            }
        }
        return found(node);
    }

    /** The node behind another one, or 0. */
    int after(int node) {
        return next(node, 0);
    }

    private int found(int node) {
        return node == head ? NONE : node;
    }

    /**
     * Adds a key that is not there, or gives a key that is there another number. What the number stands for is seen by
     * whoever sees the number.
     *
     * @param present the node that {@link #findForPut} returned for this key just before, or 0
     */
    void put(Key key, int present, int number) {
        if (present != NONE) {
            Words.publishInt(arena.chunk(present), Arena.offset(present), number);
        } else {
            insert(key.bytes(), number);
        }
    }

    /** As {@link #find}, and remembers the place of a key that is not there for a {@link #put}. */
    int findForPut(Key key) {
        byte[] bytes = key.bytes();
        long high = prefix(bytes, 0);
        long low = prefix(bytes, 8);
        if (tail[0] != head && compare(tail[0], bytes, high, low) < 0) {
            System.arraycopy(tail, 0, before, 0, HEIGHT_MAX);
            return NONE;
        }
        int node = head;
        int greater = NONE;
        for (int level = HEIGHT_MAX - 1; level >= height; level--) {
            before[level] = head;
        }
        for (int level = height - 1; level >= 0; level--) {
            for (int next = next(node, level); next != greater; next = next(node, level)) {
                int order = compare(next, bytes, high, low);
                if (order == 0) {
                    return next;
                }
                if (order > 0) {
                    greater = next;
                    break;
                }
                node = next;
            }
            before[level] = node;
        }
        return NONE;
    }

    private void insert(byte[] key, int number) {
        int levels = drawHeight();
        int towerBytes = levels * LINK_BYTES;
        int node = allocateNode(towerBytes, KEY_AT + Math.max(PREFIX_BYTES, key.length));
        byte[] chunk = arena.chunk(node);
        int at = Arena.offset(node);
        Words.setInt(chunk, at, number);
        Words.setInt(chunk, at + KEY_LENGTH_AT, key.length);
        System.arraycopy(key, 0, chunk, at + KEY_AT, key.length);
        if (key.length < PREFIX_BYTES) {
            Arrays.fill(chunk, at + KEY_AT + key.length, at + KEY_AT + PREFIX_BYTES, (byte) 0);
        }
        for (int level = 0; level < levels; level++) {
            Words.setInt(chunk, at - LINK_BYTES * (level + 1), next(before[level], level));
        }
        for (int level = 0; level < levels; level++) {
            link(before[level], level, node);
            if (tail[level] == before[level]) {
                tail[level] = node;
            }
        }
        if (levels > height) {
            height = levels;
        }
    }

    private int allocateNode(int towerBytes, int restBytes) {
        int alignedTowerBytes = (towerBytes + 7) & -8;
        return Arena.plus(arena.allocate(alignedTowerBytes + restBytes), alignedTowerBytes);
    }

    /** One in four towers has a second level, one in four of those a third, and so on. */
    private int drawHeight() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        int drawn = 1 + Long.numberOfTrailingZeros(random | 1L << 62) / 2;
        return Math.min(HEIGHT_MAX, drawn);
    }

    private int atOrAfter(byte[] key, long high, long low) {
        int node = head;
        int greater = NONE;
        int next = NONE;
        for (int level = height - 1; level >= 0; level--) {
            next = next(node, level);
            while (next != greater && compare(next, key, high, low) < 0) {
                node = next;
                next = next(node, level);
            }
            greater = next;
        }
        return next;
    }

    private int nodeBefore(byte[] key, long high, long low) {
        int node = head;
        int greater = NONE;
        for (int level = height - 1; level >= 0; level--) {
            int next = next(node, level);
            while (next != greater && compare(next, key, high, low) < 0) {
                node = next;
                next = next(node, level);
            }
            greater = next;
        }
        return node;
    }

    private int next(int node, int level) {
        return Words.seenInt(arena.chunk(node), Arena.offset(node) - LINK_BYTES * (level + 1));
    }

    private void link(int node, int level, int target) {
        Words.publishInt(arena.chunk(node), Arena.offset(node) - LINK_BYTES * (level + 1), target);
    }

    /** The number of a node. */
    int number(int node) {
        return Words.seenInt(arena.chunk(node), Arena.offset(node));
    }

    /** A copy of the key of a node. */
    Key key(int node) {
        byte[] chunk = arena.chunk(node);
        int from = Arena.offset(node) + KEY_AT;
        return Key.ofStorageBytes(Arrays.copyOfRange(chunk, from, from + keyLength(chunk, Arena.offset(node))));
    }

    /** Shows the key of a node. */
    void show(int node, RecordView view) {
        byte[] chunk = arena.chunk(node);
        int at = Arena.offset(node);
        view.showKey(chunk, at + KEY_AT, keyLength(chunk, at));
    }

    /** Compares the key of a node with another one. */
    int compare(int node, Key key) {
        byte[] bytes = key.bytes();
        return compare(node, bytes, prefix(bytes, 0), prefix(bytes, 8));
    }

    private int compare(int node, byte[] key, long high, long low) {
        byte[] chunk = arena.chunk(node);
        int at = Arena.offset(node);
        long nodeHigh = Words.getLong(chunk, at + KEY_AT);
        if (nodeHigh != high) {
            return Long.compareUnsigned(nodeHigh, high);
        }
        long nodeLow = Words.getLong(chunk, at + KEY_AT + 8);
        if (nodeLow != low) {
            return Long.compareUnsigned(nodeLow, low);
        }
        return compareRest(chunk, at, key);
    }

    /** Of keys that agree up to 16 bytes, where the shorter one was filled up with zeros. */
    private static int compareRest(byte[] chunk, int at, byte[] key) {
        int length = keyLength(chunk, at);
        if (length <= PREFIX_BYTES || key.length <= PREFIX_BYTES) {
            return Integer.compare(length, key.length);
        }
        int from = at + KEY_AT;
        return Arrays.compareUnsigned(chunk, from + PREFIX_BYTES, from + length, key, PREFIX_BYTES, key.length);
    }

    private static int keyLength(byte[] chunk, int at) {
        return Words.getInt(chunk, at + KEY_LENGTH_AT);
    }

    /** Eight bytes of a key as a number, with zeros behind its end. */
    private static long prefix(byte[] key, int from) {
        if (key.length >= from + 8) {
            return Words.getLong(key, from);
        }
        long value = 0;
        for (int i = from; i < key.length; i++) {
            value |= (key[i] & 0xFFL) << (56 - 8 * (i - from));
        }
        return value;
    }
}
