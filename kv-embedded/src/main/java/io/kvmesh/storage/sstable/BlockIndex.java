package io.kvmesh.storage.sstable;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The first key and the place of each data block of a table. Immutable.
 *
 * <p>The search compares eight bytes of each key first, those behind the prefix that all keys share, and whole keys
 * only where these are equal.
 */
final class BlockIndex {
    private static final int ENTRY_BYTES_MIN = 4 + 8 + 4;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[][] firstKeys;
    private final long[] offsets;
    private final int[] lengths;
    private final int sharedBytes;
    private final long[] prefixes;

    private BlockIndex(byte[][] firstKeys, long[] offsets, int[] lengths, byte[] lastKey) {
        this.firstKeys = firstKeys;
        this.offsets = offsets;
        this.lengths = lengths;
        int blocks = firstKeys.length;
        int mismatch = Arrays.mismatch(firstKeys[0], lastKey);
        this.sharedBytes = mismatch < 0 ? firstKeys[0].length : mismatch;
        this.prefixes = new long[blocks];
        for (int i = 0; i < blocks; i++) {
            prefixes[i] = prefix(firstKeys[i]);
        }
    }

    /** Reads what {@link Builder} wrote; the keys must ascend, up to the last one of the table. */
    static BlockIndex decode(ByteReader reader, byte[] lastKey) {
        int blocks = reader.readCount(ENTRY_BYTES_MIN);
        if (blocks == 0) {
            throw new MalformedBytesException("an index without blocks");
        }
        byte[][] firstKeys = new byte[blocks][];
        long[] offsets = new long[blocks];
        int[] lengths = new int[blocks];
        for (int i = 0; i < blocks; i++) {
            firstKeys[i] = reader.readSizedBytes();
            offsets[i] = reader.readLong();
            lengths[i] = reader.readInt();
            if (i > 0 && Arrays.compareUnsigned(firstKeys[i - 1], firstKeys[i]) >= 0) {
                throw new MalformedBytesException("the keys of the index do not ascend at block " + i);
            }
        }
        return new BlockIndex(firstKeys, offsets, lengths, lastKey);
    }

    int blocks() {
        return firstKeys.length;
    }

    long offset(int block) {
        return offsets[block];
    }

    int length(int block) {
        return lengths[block];
    }

    /**
     * The block that holds the key if the table does: the last one that starts at or before it. The key must not lie
     * before the table's first nor behind its last, so that it shares their common prefix.
     */
    int blockOf(byte[] key) {
        long prefix = prefix(key);
        int low = 0;
        int high = firstKeys.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            int order = Long.compareUnsigned(prefixes[middle], prefix);
            if (order == 0) {
                order = Arrays.compareUnsigned(firstKeys[middle], key);
            }
            if (order <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private long prefix(byte[] key) {
        if (key.length >= sharedBytes + Long.BYTES) {
            return (long) LONGS.get(key, sharedBytes);
        }
        long prefix = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            int at = sharedBytes + i;
            prefix = prefix << 8 | (at < key.length ? key[at] & 0xFF : 0);
        }
        return prefix;
    }

    /** Collects the index while the blocks are written. Not safe for several threads. */
    static final class Builder {
        private final ByteWriter entries = new ByteWriter(4 * 1024);
        private int blocks;

        void add(byte[] firstKey, long offset, int length) {
            entries.putSizedBytes(firstKey).putLong(offset).putInt(length);
            blocks++;
        }

        void encode(ByteWriter writer) {
            writer.putInt(blocks).putBytes(entries.array(), 0, entries.length());
        }
    }
}
