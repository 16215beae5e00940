package io.kvmesh.storage.sstable;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Key;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Where the partitions of a table's index are: blocks that in turn tell where its data blocks are. Immutable.
 *
 * <p>Each partition and each block has a separator, the shortest key that is greater than all keys before it and not
 * greater than its own. The search compares eight bytes of each separator first, those behind the prefix that all keys
 * share, and whole separators only where these are equal.
 */
final class TableIndex {
    private static final int ENTRY_BYTES_MIN = 4 + 8 + 4 + 4;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[][] separators;
    private final long[] offsets;
    private final int[] lengths;
    /** The number of the first data block of each partition, and behind the last one that of all blocks. */
    private final int[] firstBlocks;

    private final int sharedBytes;
    private final long[] prefixes;

    private TableIndex(byte[][] separators, long[] offsets, int[] lengths, int[] firstBlocks, byte[] lastKey) {
        this.separators = separators;
        this.offsets = offsets;
        this.lengths = lengths;
        this.firstBlocks = firstBlocks;
        int mismatch = Arrays.mismatch(separators[0], lastKey);
        this.sharedBytes = mismatch < 0 ? separators[0].length : mismatch;
        this.prefixes = new long[separators.length];
        for (int i = 0; i < prefixes.length; i++) {
            prefixes[i] = prefix(separators[i]);
        }
    }

    /**
     * Reads what {@link Builder} wrote; the separators must ascend, up to the last key of the table.
     *
     * @param blocksMax how many data blocks there can be in the file
     */
    static TableIndex decode(ByteReader reader, byte[] lastKey, long blocksMax) {
        int partitions = reader.readCount(ENTRY_BYTES_MIN);
        if (partitions == 0) {
            throw new MalformedBytesException("an index without partitions");
        }
        byte[][] separators = new byte[partitions][];
        long[] offsets = new long[partitions];
        int[] lengths = new int[partitions];
        int[] firstBlocks = new int[partitions + 1];
        for (int i = 0; i < partitions; i++) {
            separators[i] = reader.readSizedBytes();
            offsets[i] = reader.readLong();
            lengths[i] = reader.readInt();
            int blocks = reader.readInt();
            if (blocks <= 0 || (long) firstBlocks[i] + blocks > Math.min(blocksMax, Integer.MAX_VALUE / 2)) {
                throw new MalformedBytesException("partition " + i + " of the index has " + blocks + " blocks");
            }
            firstBlocks[i + 1] = firstBlocks[i] + blocks;
            if (i > 0 && Arrays.compareUnsigned(separators[i - 1], separators[i]) >= 0) {
                throw new MalformedBytesException("the keys of the index do not ascend at partition " + i);
            }
        }
        if (Arrays.compareUnsigned(separators[partitions - 1], lastKey) > 0 || reader.remaining() > 0) {
            throw new MalformedBytesException("the index does not end with the table");
        }
        return new TableIndex(separators, offsets, lengths, firstBlocks, lastKey);
    }

    int partitions() {
        return separators.length;
    }

    /** All data blocks of the table. */
    int blocks() {
        return firstBlocks[separators.length];
    }

    int blocks(int partition) {
        return firstBlocks[partition + 1] - firstBlocks[partition];
    }

    int firstBlock(int partition) {
        return firstBlocks[partition];
    }

    /** The shortest key that separates a partition from the one before. */
    byte[] separator(int partition) {
        return separators[partition];
    }

    long offset(int partition) {
        return offsets[partition];
    }

    int length(int partition) {
        return lengths[partition];
    }

    /** What the partitions take in the file. */
    long partitionBytes() {
        long bytes = 0;
        for (int length : lengths) {
            bytes += length;
        }
        return bytes;
    }

    /**
     * The partition that leads to the key if the table has it: the last one that starts at or before it. The key must
     * not lie before the table's first nor behind its last, so that it shares their common prefix.
     */
    int partitionOf(byte[] key) {
        long prefix = prefix(key);
        int low = 0;
        int high = separators.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            int order = Long.compareUnsigned(prefixes[middle], prefix);
            if (order == 0) {
                order = Arrays.compareUnsigned(separators[middle], key);
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

    /** The shortest storage key that is greater than the one and not greater than the other, which is greater. */
    static byte[] separator(byte[] before, int beforeLength, byte[] key, int keyLength) {
        int mismatch = Arrays.mismatch(before, 0, beforeLength, key, 0, keyLength);
        return Arrays.copyOf(key, Math.max(mismatch + 1, Key.PARTITION_BYTES));
    }

    /** Collects the places of partitions while they are written. Not safe for several threads. */
    static final class Builder {
        private final ByteWriter entries = new ByteWriter(1024);
        private int partitions;

        void add(byte[] separator, long offset, int length, int blocks) {
            entries.putSizedBytes(separator).putLong(offset).putInt(length).putInt(blocks);
            partitions++;
        }

        int sizeBytes() {
            return entries.length();
        }

        void encode(ByteWriter writer) {
            writer.putInt(partitions).putBytes(entries.array(), 0, entries.length());
        }
    }
}
