package io.kvmesh.storage.sstable;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The blocks read last, of all tables of a store, up to a bound of bytes. Safe for any thread. The cache behind it is
 * made when the first block is put in, so that a store without SSTables does not pay for it.
 *
 * <p>A table finds its blocks in {@link Slots} of its own, which costs one load of a reference. The cache decides which
 * blocks stay: it hears of one reading in {@link #READINGS_PER_TOUCH}, of hot blocks of one in
 * {@link #READINGS_PER_TOUCH_OF_HOT}, and empties the slot of what it drops.
 *
 * <p>Which blocks come in:
 *
 * <ul>
 *   <li>Those of look-ups of keys.
 *   <li>Of a user's scan the first {@link ScanStart#BLOCKS_KEPT} of each table: so short scans of one range find it
 *       here the next time, while a scan of everything brings in no more than that. Behind them a scan takes what is
 *       here, which counts as no reading.
 *   <li>None of those that merges and verification read.
 * </ul>
 *
 * <p>When the cache is full, one in {@link #MISSES_PER_PUT} of them comes in, whichever: what is read again and again
 * does so soon, and what nobody reads again pushes little out and costs no more than its reading (Qureshi and others,
 * "Adaptive Insertion Policies for High Performance Caching", 2007).
 *
 * <p>What comes in stays only if it is read more often than what it would push out: the cache compares how often it
 * heard of both. That keeps many short scans, one behind the other, from emptying it.
 */
public final class BlockCache {
    /** A power of two. Asking the cache costs several times what the slot costs. */
    static final int READINGS_PER_TOUCH = 8;

    /** A power of two. What was read more often than this is told of only as seldom. */
    static final int READINGS_PER_TOUCH_OF_HOT = 64;

    /** A power of two. */
    static final int MISSES_PER_PUT = 8;

    private final long bytesMax;
    private final BlockFrames frames;
    /** Readings of blocks that were here and are not any more. */
    private final LongAdder hits = new LongAdder();

    private final LongAdder misses = new LongAdder();
    /** Whether something was dropped for want of room, since a table was closed. */
    private volatile boolean evicting;
    /** Written without order: a lost update lets one more block in. */
    private int missesWhenFull;

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

    /**
     * What the cache did since the store was opened. Immutable.
     *
     * @param sizeBytes what the blocks that are in it take in memory, about
     * @param hits readings that found their block; not exact where threads read one block at the same moment
     * @param misses readings that had to go to the file, while walks past the cache do not count
     */
    public record Figures(long sizeBytes, long hits, long misses) {}

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
            if (block != null) {
                if (isTouch(block.countReading())) {
                    Held unused = cache().getIfPresent(key(number));
                }
            }
            return block;
        }

        private static boolean isTouch(long readings) {
            int every = readings < READINGS_PER_TOUCH_OF_HOT ? READINGS_PER_TOUCH : READINGS_PER_TOUCH_OF_HOT;
            return (readings & (every - 1)) == 0;
        }

        /** A block for a walk, which must not make it look more wanted than others; the walk lets go of it. */
        @Nullable
        Block peek(int number) {
            if (bytesMax == 0) {
                return null;
            }
            int inside = frames.enter();
            Block block = held.getAcquire(number);
            if (block != null) {
                block.hold();
            }
            frames.leave(inside);
            return block;
        }

        /** Whether a block that was missed should be put in. If not, the miss is counted. */
        boolean admits() {
            boolean admits = bytesMax > 0 && (!evicting || (missesWhenFull++ & (MISSES_PER_PUT - 1)) == 0);
            if (!admits) {
                misses.increment();
            }
            return admits;
        }

        /** Takes a block in that was missed, unless another thread was faster. */
        void put(int number, Block block) {
            misses.increment();
            // The cache gets a block after its slot did: what it drops at once must find the slot filled.
            if (bytesMax > 0 && held.compareAndSet(number, null, block)) {
                cache().put(key(number), new Held(block, this, number));
            }
        }

        /** Drops all blocks. The table must not be read meanwhile or afterwards. */
        void clear() {
            evicting = false;
            for (int i = 0; i < held.length(); i++) {
                Block dropped = held.getAndSet(i, null);
                if (dropped != null) {
                    frames.retire(dropped);
                    cache().invalidate(key(i));
                    hits.add(dropped.readings());
                }
            }
        }

        private Long key(int number) {
            return tableId << 32 | number;
        }

        private void drop(int number, Block block) {
            if (held.compareAndSet(number, block, null)) {
                frames.retire(block);
                hits.add(block.readings());
            }
        }
    }

    Slots slots(long tableId, int blocks) {
        return new Slots(tableId, blocks);
    }

    /** Takes a look at every block that is in the cache. */
    public Figures figures() {
        Cache<Long, Held> present = blocks;
        long sizeBytes = 0;
        long hitsOfPresent = 0;
        if (present != null) {
            for (Held held : present.asMap().values()) {
                sizeBytes += held.block().sizeBytes();
                hitsOfPresent += held.block().readings();
            }
        }
        return new Figures(sizeBytes, hits.sum() + hitsOfPresent, misses.sum());
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
                        evicting = true;
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
