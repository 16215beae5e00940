package io.kvmesh.storage.sstable;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.jspecify.annotations.Nullable;

/**
 * The data blocks read last, of all tables of a store, up to a bound of bytes. Safe for any thread. The cache behind it
 * is made when the first block is put in, so that a store without SSTables does not pay for it.
 */
public final class BlockCache {
    private final long bytesMax;
    private volatile @Nullable Cache<Long, Block> blocks;

    /** @param bytesMax 0 for no cache */
    public BlockCache(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    @Nullable
    Block get(long tableId, int block) {
        Cache<Long, Block> present = blocks;
        return present == null ? null : present.getIfPresent(key(tableId, block));
    }

    void put(long tableId, int block, Block content) {
        if (bytesMax > 0) {
            cache().put(key(tableId, block), content);
        }
    }

    private Cache<Long, Block> cache() {
        Cache<Long, Block> present = blocks;
        return present != null ? present : create();
    }

    private synchronized Cache<Long, Block> create() {
        Cache<Long, Block> present = blocks;
        if (present == null) {
            present = Caffeine.newBuilder()
                    .maximumWeight(bytesMax)
                    .weigher((Long key, Block block) -> block.sizeBytes())
                    // In the calling thread: the library starts no thread that the scheduler does not know.
                    .executor(Runnable::run)
                    .build();
            blocks = present;
        }
        return present;
    }

    private static long key(long tableId, int block) {
        return tableId << 32 | block;
    }
}
