package io.kvmesh.repair;

import io.kvmesh.model.Hash128;
import io.kvmesh.runtime.Invariants;
import java.util.ArrayList;
import java.util.List;

/**
 * Sums of the hashes of all cells of a partition, by which two replicas find out where they differ. Immutable.
 *
 * <ol>
 *   <li>A key belongs to the leaf that the first bits of its own hash name, so that both sides have the same leaves
 *       without agreeing on anything but their number, and a difference stays in its leaf.
 *   <li>A leaf is the sum of the hashes of its cells: in whatever order they are met, and over whatever tables they are
 *       spread.
 *   <li>A node is the sum of its sixteen children. So trees of different depth have the same root if they are equal.
 * </ol>
 */
final class MerkleTree {
    static final int FAN_OUT_BITS = 4;
    static final int FAN_OUT = 1 << FAN_OUT_BITS;
    /** A tree of a partition has at most 65,536 leaves, and takes about a megabyte. */
    static final int LEVELS_MAX = 4;
    /** One that differs is not alone in its leaf, and the others are named as well: each takes some thirty bytes. */
    static final int KEYS_PER_LEAF = 8;

    private final long keys;
    /** For each level, the root first: two numbers for each of its nodes. */
    private final List<long[]> levels;

    private MerkleTree(long keys, List<long[]> levels) {
        this.keys = keys;
        this.levels = levels;
    }

    /** How many levels below the root suit so many keys. */
    static int levelsFor(long keys) {
        int levels = 0;
        while (levels < LEVELS_MAX && (long) KEYS_PER_LEAF << (levels * FAN_OUT_BITS) < keys) {
            levels++;
        }
        return levels;
    }

    static int leaves(int levels) {
        return 1 << (levels * FAN_OUT_BITS);
    }

    /** The leaf of a key with this hash, in a tree of so many levels. */
    static int leafOf(Hash128 key, int levels) {
        return levels == 0 ? 0 : (int) (key.high() >>> (Long.SIZE - levels * FAN_OUT_BITS));
    }

    long keys() {
        return keys;
    }

    /** How many levels there are below the root. */
    int levels() {
        return levels.size() - 1;
    }

    Hash128 root() {
        return node(0, 0);
    }

    Hash128 node(int level, int index) {
        long[] sums = levels.get(level);
        return new Hash128(sums[2 * index], sums[2 * index + 1]);
    }

    /** The children of a node, in their order. */
    List<Hash128> children(int level, int index) {
        Invariants.check(level < levels(), "level %d of %d has children", level, levels());
        List<Hash128> children = new ArrayList<>(FAN_OUT);
        for (int child = 0; child < FAN_OUT; child++) {
            children.add(node(level + 1, index * FAN_OUT + child));
        }
        return children;
    }

    /** Collects the cells of a partition. Not safe for several threads. */
    static final class Builder {
        private final long[] leaves = new long[2 * leaves(LEVELS_MAX)];
        private long keys;

        /** Adds a cell, and a key with it that was not added before. */
        void add(Hash128 key, Hash128 cell) {
            int leaf = leafOf(key, LEVELS_MAX);
            leaves[2 * leaf] += cell.high();
            leaves[2 * leaf + 1] += cell.low();
            keys++;
        }

        long keys() {
            return keys;
        }

        /** The tree of what was added, with so many levels below the root. */
        MerkleTree build(int levels) {
            Invariants.check(levels >= 0 && levels <= LEVELS_MAX, "%d levels of at most %d", levels, LEVELS_MAX);
            List<long[]> built = new ArrayList<>();
            long[] sums = leaves;
            for (int level = LEVELS_MAX; level >= 0; level--) {
                if (level <= levels) {
                    built.add(0, sums.clone());
                }
                sums = level == 0 ? sums : parents(sums);
            }
            return new MerkleTree(keys, List.copyOf(built));
        }

        private static long[] parents(long[] sums) {
            long[] parents = new long[sums.length / FAN_OUT];
            for (int i = 0; i < sums.length; i++) {
                parents[i / (2 * FAN_OUT) * 2 + i % 2] += sums[i];
            }
            return parents;
        }
    }
}
