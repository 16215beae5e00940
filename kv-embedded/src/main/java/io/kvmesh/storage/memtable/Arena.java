package io.kvmesh.storage.memtable;

import io.kvmesh.runtime.ArrayPool;
import io.kvmesh.runtime.Invariants;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Memory that is given out in pieces and freed as a whole: chunks of bytes that grow with what was given out, so that a
 * small memtable stays small and a large one has few objects. One writer at a time; any number of readers of addresses
 * that the writer published.
 *
 * <p>An address is one number, never 0 for a piece: the chunk in the upper bits, the offset in units of eight bytes in
 * the lower ones. A piece never spans two chunks. It may hold anything: large chunks come from a pool.
 */
final class Arena {
    static final int CHUNK_BYTES_MIN = 256;
    /** Below half of the smallest region that the garbage collector G1 uses, so that no chunk wastes a region. */
    static final int CHUNK_BYTES_MAX = 256 * 1024;
    /** A larger piece that does not fit gets a chunk of its own, so that little of the current one is wasted. */
    static final int SHARED_PIECE_BYTES_MAX = CHUNK_BYTES_MAX / 8;

    private static final int UNIT_BITS = 3;
    private static final int OFFSET_BITS = 15;
    private static final int OFFSET_MASK = (1 << OFFSET_BITS) - 1;
    private static final int CHUNKS_MAX = (1 << (31 - OFFSET_BITS)) - 1;

    private final ArrayPool pool;

    /** Volatile: a reader may see a later table than the one its address came with, and must see it whole. */
    private volatile byte[][] chunks = new byte[2][];

    private int chunkCount;
    private int currentChunk;
    private int currentOffset;
    private int currentBytes;
    private long usedBytes;
    private long allocatedBytes;

    /** @param pool of arrays of {@link #CHUNK_BYTES_MAX} */
    Arena(ArrayPool pool) {
        Invariants.check(pool.arrayBytes() == CHUNK_BYTES_MAX, "a pool of chunks has chunks");
        this.pool = pool;
    }

    /** The address of that many bytes that nobody else has. */
    int allocate(int bytes) {
        int aligned = Math.addExact(bytes, (1 << UNIT_BITS) - 1) & -(1 << UNIT_BITS);
        if (aligned > currentBytes - currentOffset) {
            if (aligned > SHARED_PIECE_BYTES_MAX) {
                usedBytes += aligned;
                return address(add(aligned), 0);
            }
            // What is left of the chunk is lost, and counts as used.
            usedBytes += currentBytes - currentOffset;
            currentBytes = nextChunkBytes(aligned);
            currentChunk = add(currentBytes);
            currentOffset = 0;
        }
        int address = address(currentChunk, currentOffset);
        currentOffset += aligned;
        usedBytes += aligned;
        return address;
    }

    private int nextChunkBytes(int neededBytes) {
        long wanted = Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, allocatedBytes));
        return Math.max(neededBytes, (int) wanted);
    }

    private int add(int bytes) {
        Invariants.check(chunkCount < CHUNKS_MAX, "an arena has %d of at most %d chunks", chunkCount, CHUNKS_MAX);
        byte[][] table = chunks;
        if (chunkCount == table.length) {
            table = Arrays.copyOf(table, 2 * table.length);
        }
        table[chunkCount] = bytes == CHUNK_BYTES_MAX ? pool.take() : new byte[bytes];
        chunks = table;
        allocatedBytes += bytes;
        return chunkCount++;
    }

    /** Chunks count from 1 in addresses, so that none is 0. */
    private static int address(int chunk, int offset) {
        return (chunk + 1) << OFFSET_BITS | offset >>> UNIT_BITS;
    }

    /** The chunk that an address lies in. */
    byte[] chunk(int address) {
        return chunks[(address >>> OFFSET_BITS) - 1];
    }

    /** Where in its chunk an address lies. */
    static int offset(int address) {
        return (address & OFFSET_MASK) << UNIT_BITS;
    }

    /** The address of the byte so far behind another one, in the same piece; the distance is a multiple of eight. */
    static int plus(int address, int bytes) {
        return address + (bytes >>> UNIT_BITS);
    }

    /** Bytes given out or lost at the ends of chunks. */
    long usedBytes() {
        return usedBytes;
    }

    /** Bytes of all chunks: the used ones, and what the last chunk still has free. */
    long allocatedBytes() {
        return allocatedBytes;
    }

    /** The chunks that belong to the pool. */
    List<byte[]> pooled() {
        List<byte[]> pooled = new ArrayList<>();
        for (int i = 0; i < chunkCount; i++) {
            if (chunks[i].length == CHUNK_BYTES_MAX) {
                pooled.add(chunks[i]);
            }
        }
        return pooled;
    }
}
