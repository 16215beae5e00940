package io.kvmesh.storage.sstable;

import io.kvmesh.runtime.ArrayPool;

/**
 * Arrays for blocks, used again when a block leaves the cache. Safe for any thread.
 *
 * <p>A block that comes from the cache may be looked at by those who {@link #enter()}ed before they took it, until they
 * {@link #leave}, and by those who called its {@link Block#hold()} meanwhile, until they {@link #letGo}. The array of a
 * block is used again when both the cache and all holders are done with it; one that somebody never lets go of is left
 * to the garbage collector.
 */
final class BlockFrames {
    /** What the stored form has beyond a full block. */
    private static final int SLACK_BYTES = 64;
    /** Enough for those that are filled, and for those that readers may still see. */
    private static final int KEPT_MAX = 256;

    private final ArrayPool pool;

    BlockFrames(int blockBytes) {
        pool = new ArrayPool(blockBytes + SLACK_BYTES, KEPT_MAX);
    }

    /** An array with room for that many bytes. */
    byte[] take(int bytes) {
        return fits(bytes) ? pool.take() : new byte[bytes];
    }

    /** Blocks much smaller than most get an array of their own size. */
    boolean fits(int bytes) {
        return bytes <= pool.arrayBytes() && bytes > pool.arrayBytes() / 2;
    }

    /** An array with room for that many bytes, for a short time. */
    byte[] takeForReading(int bytes) {
        return bytes <= pool.arrayBytes() ? pool.take() : new byte[bytes];
    }

    /** Takes back an array that nobody else can see. */
    void giveBack(byte[] array) {
        if (array.length == pool.arrayBytes()) {
            pool.giveBack(array);
        }
    }

    /** The cache, out of whose sight the block was taken, lets go of it when no reader can see it any more. */
    void retire(Block block) {
        pool.readers().retire(() -> letGo(block));
    }

    /** A holder has finished; after the last one the array is used again. */
    void letGo(Block block) {
        if (block.letGo()) {
            giveBack(block.array());
        }
    }

    int enter() {
        return pool.readers().enter();
    }

    void leave(int inside) {
        pool.readers().leave(inside);
    }
}
