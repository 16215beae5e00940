package io.kvmesh.storage.sstable;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The blocks read last, of all tables of a store, up to a bound of bytes. Safe for any thread. The cache behind it is
 * made when the first block is put in, so that a store without SSTables does not pay for it.
 *
 * <p>A table finds its blocks in {@link Slots} of its own, which costs one load of a reference. The cache decides which
 * blocks stay: it hears of one reading in {@link #READINGS_PER_TOUCH} and empties the slot of what it drops.
 */
public final class BlockCache {
    /** A power of two. Asking the cache costs several times what the slot costs. */
    static final int READINGS_PER_TOUCH = 8;

    private final long bytesMax;
    private final BlockFrames frames;
    private volatile @Nullable Cache<Long, Held> blocks;

    private static final int BLOCK_BYTES = 4 * 1024;

    /** For blocks of 4 KiB. */
    public BlockCache(long bytesMax) {
        this(bytesMax, BLOCK_BYTES);
    }

    /**
     * A cache of so many bytes; 0 for none.
     *
     * @param blockBytes what most blocks have: their arrays are used again
     */
    public BlockCache(long bytesMax, int blockBytes) {
        this.bytesMax = bytesMax;
        this.frames = new BlockFrames(blockBytes);
    }

    BlockFrames frames() {
        return frames;
    }

    /** Where the cache has a block. */
    private record Held(Block block, Slots slots, int number) {}

    /** The cached blocks of one table, by their number. Safe for any thread. */
    final class Slots {
        private final long tableId;
        private final AtomicReferenceArray<Block> held;

        private Slots(long tableId, int blocks) {
            this.tableId = tableId;
            // Without a cache nothing is ever held.
            this.held = new AtomicReferenceArray<>(bytesMax > 0 ? blocks : 0);
        }

        /** A block for a reader who has entered, and counts the reading; null if it is not cached. */
        @Nullable
        Block get(int number) {
            if (bytesMax == 0) {
                return null;
            }
            Block block = held.getAcquire(number);
            if (block != null && block.isReadingOf(READINGS_PER_TOUCH)) {
                Held unused = cache().getIfPresent(key(number));
            }
            return block;
        }

        /**
         * A block for a walk, which must not make it look more wanted than others, and which keeps it as long as it
         * likes.
         */
        @Nullable
        Block peek(int number) {
            if (bytesMax == 0) {
                return null;
            }
            int inside = frames.enter();
            Block block = held.getAcquire(number);
            if (block != null) {
                block.lend();
            }
            frames.leave(inside);
            return block;
        }

        /** Takes a block in, unless another thread was faster. */
        void put(int number, Block block) {
            // The cache gets a block after its slot did: what it drops at once must find the slot filled.
            if (bytesMax > 0 && held.compareAndSet(number, null, block)) {
                cache().put(key(number), new Held(block, this, number));
            }
        }

        /** Drops all blocks. The table must not be read meanwhile or afterwards. */
        void clear() {
            for (int i = 0; i < held.length(); i++) {
                Block block = held.getAndSet(i, null);
                if (block != null) {
                    frames.retire(block);
                    cache().invalidate(key(i));
                }
            }
        }

        private Long key(int number) {
            return tableId << 32 | number;
        }

        private void drop(int number, Block block) {
            if (held.compareAndSet(number, block, null)) {
                frames.retire(block);
            }
        }
    }

    Slots slots(long tableId, int blocks) {
        return new Slots(tableId, blocks);
    }

    /** What the cached blocks take in memory, about. */
    long sizeBytes() {
        Cache<Long, Held> present = blocks;
        return present == null
                ? 0
                : present.asMap().values().stream()
                        .mapToLong(held -> held.block().sizeBytes())
                        .sum();
    }

    private Cache<Long, Held> cache() {
        Cache<Long, Held> present = blocks;
        return present != null ? present : create();
    }

    private synchronized Cache<Long, Held> create() {
        Cache<Long, Held> present = blocks;
        if (present == null) {
            present = Caffeine.newBuilder()
                    .maximumWeight(bytesMax)
                    .weigher((Long key, Held held) -> held.block().sizeBytes())
                    .evictionListener((@Nullable Long key, @Nullable Held held, RemovalCause cause) -> {
                        if (held != null) {
                            held.slots().drop(held.number(), held.block());
                        }
                    })
                    // In the calling thread: the library starts no thread that the scheduler does not know.
                    .executor(Runnable::run)
                    .build();
            blocks = present;
        }
        return present;
    }
}
