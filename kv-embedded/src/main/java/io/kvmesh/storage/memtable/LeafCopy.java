package io.kvmesh.storage.memtable;

/** The nodes of one leaf, sorted by their keys, with the first bytes of these. Not safe for several threads. */
final class LeafCopy {
    private final Leaves leaves;
    private final KeyNodes nodes;
    private final int[] sorted = new int[Leaves.ENTRIES_MAX];
    private final long[] highs = new long[Leaves.ENTRIES_MAX];
    private final long[] lows = new long[Leaves.ENTRIES_MAX];
    private int count;

    LeafCopy(Leaves leaves, KeyNodes nodes) {
        this.leaves = leaves;
        this.nodes = nodes;
    }

    /** Takes what a leaf has at one moment. */
    void load(int leaf) {
        int state;
        do {
            state = leaves.state(leaf);
            count = Leaves.count(state);
            for (int i = 0; i < count; i++) {
                sorted[i] = leaves.node(leaf, i);
            }
        } while (!leaves.isUndivided(leaf, state));
        // All of them first, so that the processor waits for several at once.
        for (int i = 0; i < count; i++) {
            highs[i] = nodes.high(sorted[i]);
            lows[i] = nodes.low(sorted[i]);
        }
        sort();
    }

    /** By insertion: the entries are few, and after a division half of them are in order. */
    private void sort() {
        for (int i = 1; i < count; i++) {
            int node = sorted[i];
            long high = highs[i];
            long low = lows[i];
            int to = i;
            while (to > 0 && compare(to - 1, node, high, low) > 0) {
                sorted[to] = sorted[to - 1];
                highs[to] = highs[to - 1];
                lows[to] = lows[to - 1];
                to--;
            }
            sorted[to] = node;
            highs[to] = high;
            lows[to] = low;
        }
    }

    private int compare(int index, int node, long high, long low) {
        int order = comparePrefix(index, high, low);
        return order != 0 ? order : nodes.compare(sorted[index], node);
    }

    private int comparePrefix(int index, long high, long low) {
        int order = Long.compareUnsigned(highs[index], high);
        return order != 0 ? order : Long.compareUnsigned(lows[index], low);
    }

    int count() {
        return count;
    }

    int node(int index) {
        return sorted[index];
    }

    /** How many keys are less than this one. */
    int countBefore(byte[] key) {
        long high = KeyNodes.prefix(key, 0);
        long low = KeyNodes.prefix(key, Long.BYTES);
        int before = 0;
        while (before < count && isLess(before, key, high, low)) {
            before++;
        }
        return before;
    }

    private boolean isLess(int index, byte[] key, long high, long low) {
        int order = comparePrefix(index, high, low);
        return (order != 0 ? order : nodes.compareRest(sorted[index], key)) < 0;
    }

    /** How many keys are at most that of a node. */
    int countUpTo(int node) {
        int before = 0;
        while (before < count && nodes.compare(sorted[before], node) <= 0) {
            before++;
        }
        return before;
    }
}
