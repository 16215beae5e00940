package io.kvmesh.storage.sstable;

import io.kvmesh.runtime.ArrayPool;
import java.util.List;

/**
 * Arrays for blocks, used again when a block leaves the cache. Safe for any thread.
 *
 * <p>A block that comes from the cache may be looked at by those who {@link #enter()}ed before they took it, until they
 * {@link #leave}, and by those who called its {@link Block#lend()} meanwhile, until they like: the array of a block
 * that was lent is never used again.
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

    /** An array with room for that many bytes. Blocks much smaller than most get one of their own size. */
    byte[] take(int bytes) {
        boolean fits = bytes <= pool.arrayBytes() && bytes > pool.arrayBytes() / 2;
        return fits ? pool.take() : new byte[bytes];
    }

    /** Takes back an array that nobody else has seen. */
    void giveBack(byte[] array) {
        if (array.length == pool.arrayBytes()) {
            pool.giveBack(array);
        }
    }

    /** Takes back the array of a block that left the cache. */
    void retire(Block block) {
        if (block.array().length == pool.arrayBytes()) {
            pool.retire(List.of(block.array()), block::isLent);
        }
    }

    int enter() {
        return pool.readers().enter();
    }

    void leave(int inside) {
        pool.readers().leave(inside);
    }
}
