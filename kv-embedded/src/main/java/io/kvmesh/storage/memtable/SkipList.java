package io.kvmesh.storage.memtable;

import io.kvmesh.model.Key;
import java.util.Arrays;

/**
 * Sorted keys in an arena, each with a number that its user gives a meaning. One writer at a time; any number of
 * readers meanwhile, without a lock.
 *
 * <p>The list is unrolled: its links lead from one of the {@link Leaves} to another, and each of them holds many keys,
 * so that a search meets few places in memory.
 *
 * <ol>
 *   <li>A search descends the towers to the leaf with the greatest lower bound that is not greater than the key. The
 *       first leaf has no lower bound.
 *   <li>It looks for the key by its fingerprint. If the leaf was divided meanwhile, the key may be further on, where
 *       the search is continued; an entry that is found is right in any case, since nodes neither move nor go away.
 *   <li>A new key is added to its leaf. A full leaf is divided before: a new leaf with its upper half is linked behind
 *       it, and then it gives that half up, so that a reader finds a key in one of the two at any moment.
 * </ol>
 */
final class SkipList {
    /** Enough for 4^12 leaves. */
    static final int HEIGHT_MAX = 12;

    private static final int NONE = Leaves.NONE;
    private static final byte[] NO_BOUND = {};

    private final KeyNodes nodes;
    private final Leaves leaves;
    private final int head;
    /** The last leaf of each level. Used by the writer. */
    private final int[] tail = new int[HEIGHT_MAX];
    /** The leaf of the sought key, and the one before it on each level above. Used by the writer. */
    private final int[] before = new int[HEIGHT_MAX];
    /** The node of the greatest key, or 0. Used by the writer. */
    private int greatest = NONE;
    /** The fingerprint of the key that was sought last. Used by the writer. */
    private int fingerprint;
    /** What is in the leaf that is divided. Used by the writer. */
    private final LeafCopy divided;
    /** Levels in use. A reader that sees too few is slower, not wrong. */
    private volatile int height = 1;
    /** Draws the heights of towers; no one gains from guessing them. */
    private long random = 0x9E3779B97F4A7C15L;

    SkipList(Arena arena) {
        nodes = new KeyNodes(arena);
        leaves = new Leaves(arena, nodes);
        divided = new LeafCopy(leaves, nodes);
        head = leaves.add(HEIGHT_MAX, NO_BOUND);
        Arrays.fill(tail, head);
    }

    /** The node of a key, or 0. */
    int find(Key key) {
        byte[] bytes = key.bytes();
        long high = KeyNodes.prefix(bytes, 0);
        long low = KeyNodes.prefix(bytes, Long.BYTES);
        int sought = Fingerprint.of(bytes, high, low);
        int leaf = descend(bytes, high, low, 0);
        while (true) {
            int state = leaves.state(leaf);
            // After the state: a leaf that gave entries up leads to the one that has them.
            int next = leaves.next(leaf, 0);
            if (next != NONE && leaves.compareBound(next, bytes, high, low) <= 0) {
                leaf = next;
                continue;
            }
            int node = leaves.find(leaf, Leaves.count(state), bytes, sought);
            if (node != NONE || leaves.isUndivided(leaf, state)) {
                return node;
            }
        }
    }

    /** As {@link #find}, and remembers the place of a key that is not there for a {@link #put}. */
    int findForPut(Key key) {
        byte[] bytes = key.bytes();
        long high = KeyNodes.prefix(bytes, 0);
        long low = KeyNodes.prefix(bytes, Long.BYTES);
        fingerprint = Fingerprint.of(bytes, high, low);
        if (greatest == NONE || nodes.compare(greatest, bytes, high, low) < 0) {
            System.arraycopy(tail, 0, before, 0, HEIGHT_MAX);
            return NONE;
        }
        int leaf = head;
        int greater = NONE;
        for (int level = HEIGHT_MAX - 1; level >= height; level--) {
            before[level] = head;
        }
        for (int level = height - 1; level >= 0; level--) {
            int next = leaves.next(leaf, level);
            while (next != greater && leaves.compareBound(next, bytes, high, low) <= 0) {
                leaf = next;
                next = leaves.next(leaf, level);
            }
            greater = next;
            before[level] = leaf;
        }
        return leaves.find(leaf, Leaves.count(leaves.state(leaf)), bytes, fingerprint);
    }

    /**
     * Adds a key that is not there, or gives a key that is there another number. What the number stands for is seen by
     * whoever sees the number.
     *
     * @param present the node that {@link #findForPut} returned for this key just before, or 0
     */
    void put(Key key, int present, int number) {
        if (present != NONE) {
            nodes.setNumber(present, number);
        } else {
            insert(key.bytes(), number);
        }
    }

    private void insert(byte[] key, int number) {
        int leaf = before[0];
        int node = nodes.add(key, fingerprint, number);
        if (Leaves.count(leaves.state(leaf)) == Leaves.ENTRIES_MAX) {
            leaf = divide(leaf, node, key);
        }
        leaves.append(leaf, node, fingerprint);
        if (greatest == NONE || (leaf == tail[0] && nodes.compare(node, greatest) > 0)) {
            greatest = node;
        }
    }

    /** Makes room for a node, and returns the leaf that has it. */
    private int divide(int leaf, int node, byte[] key) {
        divided.load(leaf);
        int last = divided.node(divided.count() - 1);
        if (nodes.compare(node, last) > 0 && mayBeginBehind(leaf)) {
            return linkBehind(nodes.separator(last, node), divided.count());
        }
        int kept = divided.count() / 2;
        int added = linkBehind(nodes.separator(divided.node(kept - 1), divided.node(kept)), kept);
        leaves.keep(leaf, divided, kept);
        return leaves.compareBound(added, key) <= 0 ? added : leaf;
    }

    /**
     * Whether a key behind all of a full leaf begins one of its own, which keeps leaves full where keys ascend. Not if
     * that left two leaves in a row with few keys, as keys that descend towards the leaf would.
     */
    private boolean mayBeginBehind(int leaf) {
        int next = leaves.next(leaf, 0);
        return next == NONE || Leaves.count(leaves.state(next)) >= Leaves.ENTRIES_MAX / 2;
    }

    /** Links a leaf behind the one of the sought key, with the divided entries from one on. */
    private int linkBehind(byte[] bound, int from) {
        int levels = drawHeight();
        int added = leaves.add(levels, bound);
        for (int i = from; i < divided.count(); i++) {
            leaves.append(added, divided.node(i), nodes.fingerprint(divided.node(i)));
        }
        for (int level = 0; level < levels; level++) {
            leaves.link(added, level, leaves.next(before[level], level));
        }
        for (int level = 0; level < levels; level++) {
            leaves.link(before[level], level, added);
            if (tail[level] == before[level]) {
                tail[level] = added;
            }
        }
        if (levels > height) {
            height = levels;
        }
        return added;
    }

    /** One in four towers has a second level, one in four of those a third, and so on. */
    private int drawHeight() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        int drawn = 1 + Long.numberOfTrailingZeros(random | 1L << 62) / 2;
        return Math.min(HEIGHT_MAX, drawn);
    }

    /** The first leaf. */
    int firstLeaf() {
        return head;
    }

    /** A leaf at or before the one that has this key, or would have it. */
    int leafOf(byte[] key) {
        return descend(key, KeyNodes.prefix(key, 0), KeyNodes.prefix(key, Long.BYTES), 0);
    }

    /** A leaf at or before the last one with a lower bound less than this key. */
    int leafBefore(byte[] key) {
        return descend(key, KeyNodes.prefix(key, 0), KeyNodes.prefix(key, Long.BYTES), -1);
    }

    /**
     * A leaf with a lower bound that compares with the key as that much at most. Divisions may have put others behind
     * it meanwhile.
     */
    private int descend(byte[] key, long high, long low, int orderMax) {
        int leaf = head;
        int greater = NONE;
        for (int level = height - 1; level >= 0; level--) {
            int next = leaves.next(leaf, level);
            while (next != greater && leaves.compareBound(next, key, high, low) <= orderMax) {
                leaf = next;
                next = leaves.next(leaf, level);
            }
            // A lower level need not compare with this one again.
            greater = next;
        }
        return leaf;
    }

    /** A leaf that had no other one behind it. */
    int lastLeaf() {
        int leaf = head;
        for (int level = height - 1; level >= 0; level--) {
            for (int next = leaves.next(leaf, level); next != NONE; next = leaves.next(leaf, level)) {
                leaf = next;
            }
        }
        return leaf;
    }

    Leaves leaves() {
        return leaves;
    }

    KeyNodes nodes() {
        return nodes;
    }
}
