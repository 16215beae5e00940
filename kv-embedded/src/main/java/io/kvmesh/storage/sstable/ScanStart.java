package io.kvmesh.storage.sstable;

/**
 * Where the blocks of a user's scan come from. The first ones are read as for a look-up, so that the cache takes them
 * in: who scans a short range may scan it again. Those behind them are not put there, since a scan that long would push
 * out what is wanted more. Not safe for several threads.
 */
final class ScanStart implements BlockWalk.Source {
    /** Of each table. With records of 100 bytes and blocks of 4 KiB some 300 records. */
    static final int BLOCKS_KEPT = 8;

    private final TableReader table;
    private int blocksLeft = BLOCKS_KEPT;

    ScanStart(TableReader table) {
        this.table = table;
    }

    @Override
    public Block block(Block entries, int partition, int entry) {
        if (blocksLeft == 0) {
            return table.blockForWalk(entries, partition, entry);
        }
        blocksLeft--;
        return table.blockForScan(entries, partition, entry);
    }

    @Override
    public Block partition(TableReader read, int partition) {
        return blocksLeft == 0 ? read.partitionForWalk(partition) : read.partitionForScan(partition);
    }

    @Override
    public void letGo(Block block) {
        table.letGo(block);
    }
}
