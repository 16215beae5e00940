package io.kvmesh.storage;

import java.util.concurrent.atomic.LongAdder;

/** What looking up keys took since the store was opened. Safe for any thread; threads that count do not meet. */
final class ReadCounts {
    private final LongAdder reads = new LongAdder();
    private final LongAdder bloomChecks = new LongAdder();
    private final LongAdder tablesSearched = new LongAdder();
    private final LongAdder bloomFalsePositives = new LongAdder();
    private final LongAdder blocksSpared = new LongAdder();

    /** Counts keys that were looked up, wherever they were found. */
    void looked(int keys) {
        reads.add(keys);
    }

    /**
     * Counts what was asked of tables, in one call for a whole look-up.
     *
     * @param checks of bloom filters
     * @param searched tables whose filter let the key pass
     * @param falsePositives those of them that did not have the key
     */
    void asked(int checks, int searched, int falsePositives) {
        if (checks > 0) {
            bloomChecks.add(checks);
        }
        if (searched > 0) {
            tablesSearched.add(searched);
        }
        if (falsePositives > 0) {
            bloomFalsePositives.add(falsePositives);
        }
    }

    /** Counts searches that had their block at hand from the search before. */
    void spared(int blocks) {
        blocksSpared.add(blocks);
    }

    long reads() {
        return reads.sum();
    }

    long bloomChecks() {
        return bloomChecks.sum();
    }

    long tablesSearched() {
        return tablesSearched.sum();
    }

    long bloomFalsePositives() {
        return bloomFalsePositives.sum();
    }

    /** A search looks at one block, unless it is spared that. */
    long blocksSearched() {
        return tablesSearched.sum() - blocksSpared.sum();
    }
}
