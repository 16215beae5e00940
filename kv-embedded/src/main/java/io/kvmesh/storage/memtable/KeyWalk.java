package io.kvmesh.storage.memtable;

import org.jspecify.annotations.Nullable;

/**
 * Walks the keys of a list in either direction, over what a leaf has when the walk comes to it. Not safe for several
 * threads; any number of walks may go over one list while it is written.
 *
 * <p>It takes a sorted copy of one leaf at a time. A leaf that is divided meanwhile gives entries to one behind it. So
 * on the way forward keys up to the one shown last are left out, and on the way back, once a leaf is copied, the leaves
 * that are behind it by now come first.
 */
final class KeyWalk {
    private static final int NONE = Leaves.NONE;

    private final SkipList list;
    private final Leaves leaves;
    private final LeafCopy copy;
    private int leaf = NONE;
    private int index;

    KeyWalk(SkipList list) {
        this.list = list;
        this.leaves = list.leaves();
        this.copy = new LeafCopy(leaves, list.nodes());
    }

    /** Goes to the least key, and returns its node, or 0. */
    int first() {
        return forward(list.firstLeaf(), NONE);
    }

    /** Goes to the least key that is not less than this one, and returns its node, or 0. */
    int atOrAfter(byte[] key) {
        for (leaf = list.leafOf(key); leaf != NONE; leaf = leaves.next(leaf, 0)) {
            copy.load(leaf);
            index = copy.countBefore(key);
            if (index < copy.count()) {
                return copy.node(index);
            }
        }
        return NONE;
    }

    /** Goes to the next greater key, and returns its node, or 0. For who stands on a key. */
    int next() {
        int shown = copy.node(index);
        index++;
        return index < copy.count() ? copy.node(index) : forward(leaves.next(leaf, 0), shown);
    }

    /** Goes to the first key from a leaf on that is behind the one shown last, if one was. */
    private int forward(int start, int shown) {
        for (leaf = start; leaf != NONE; leaf = leaves.next(leaf, 0)) {
            copy.load(leaf);
            index = shown == NONE ? 0 : copy.countUpTo(shown);
            if (index < copy.count()) {
                return copy.node(index);
            }
        }
        return NONE;
    }

    /** Goes to the greatest key, and returns its node, or 0. */
    int last() {
        return backward(null);
    }

    /** Goes to the greatest key that is less than this one, and returns its node, or 0. */
    int before(byte[] key) {
        return backward(key);
    }

    /** Goes to the next smaller key, and returns its node, or 0. For who stands on a key. */
    int previous() {
        if (index > 0) {
            index--;
            return copy.node(index);
        }
        return leaf == list.firstLeaf() ? NONE : backward(leaves.bound(leaf));
    }

    private int backward(byte @Nullable [] limit) {
        leaf = limit == null ? list.lastLeaf() : list.leafBefore(limit);
        copy.load(leaf);
        int next = leaves.next(leaf, 0);
        while (next != NONE && (limit == null || leaves.compareBound(next, limit) < 0)) {
            leaf = next;
            copy.load(leaf);
            next = leaves.next(leaf, 0);
        }
        index = limit == null ? copy.count() : copy.countBefore(limit);
        return previous();
    }
}
