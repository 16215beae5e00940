package io.kvmesh.storage;

/**
 * Slows writers down when merging falls behind, since every table more makes each read slower. Safe for any thread.
 *
 * <p>A burst makes nobody wait: four tables of one size are merged as soon as they are there, and only at several times
 * as many the speed is limited, and halved for each two tables more.
 */
final class CompactionPressure implements WritePressure {
    /** Writes are slowed down when more tables of one level than this lie over one partition. */
    static final int SLOWED_TABLES = 16;

    private static final int TABLES_PER_HALVING = 2;
    private static final int HALVINGS_MAX = 8;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private volatile int overlappingTables;

    /** States how many tables of one level lie over one partition at most. */
    void overlappingTables(int tables) {
        overlappingTables = tables;
    }

    @Override
    public long delayNanos(long bytes) {
        int beyond = overlappingTables - SLOWED_TABLES;
        if (beyond <= 0) {
            return 0;
        }
        int halvings = Math.min(HALVINGS_MAX, beyond / TABLES_PER_HALVING);
        return bytes * NANOS_PER_SECOND / (MemtableBudget.SLOWED_BYTES_PER_SECOND >> halvings);
    }
}
