package io.kvmesh.storage.sstable;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.storage.record.RecordView;
import io.kvmesh.storage.record.Varints;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The records of one block, decompressed: what they share, the records, the offset of each, and their count. Immutable
 * but for counts of its readings, which may be inexact, and of its holders.
 *
 * <p>A key is the prefix that all keys of the block share and a suffix that stands whole in its record, so that a
 * binary search looks at the records it needs and at no other. Described in docs/formats/sstable.md.
 */
final class Block {
    static final int FORM_WIDE = 1;
    static final int FORM_EXPIRY = 2;
    static final int FLAG_TOMBSTONE = 1;
    static final int FLAG_EXPIRY = 2;
    static final int ORIGIN_SHIFT = 2;
    /** Says that the number of the origin follows, less this. */
    static final int ORIGIN_ESCAPE = 63;

    static final int CRC_BYTES = 4;
    static final int COUNT_BYTES = 4;
    static final int HEAD_BYTES_MIN = 1 + 8 + 1;
    static final int HEAD_BYTES_MAX = 1 + 8 + 8 + 5;
    static final int RECORD_OVERHEAD_MAX = 5 + 1 + 5 + 2 * Varints.BYTES_MAX + CRC_BYTES;
    /** Suffix length, flags, timestamp and checksum take at least this. */
    private static final int RECORD_BYTES_MIN = 1 + 1 + 1 + CRC_BYTES;
    /** What the objects of a block take in memory beside its bytes. */
    private static final int OBJECT_BYTES = 80;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

    private static final AtomicIntegerFieldUpdater<Block> HOLDERS =
            AtomicIntegerFieldUpdater.newUpdater(Block.class, "holders");

    private final byte[] bytes;
    private final NodeId[] origins;
    private final boolean wide;
    private final long timestampBase;
    private final long timeToLiveBase;
    private final int prefixAt;
    private final int prefixLength;
    private final int offsetsAt;
    private final int count;
    /** Written without order: a lost update only lets the cache hear of a reading later. */
    private long readings;

    /** Who may look at it: the cache, or who read it past the cache, and scans. */
    @SuppressWarnings("UnusedVariable") // read and written through HOLDERS
    private volatile int holders = 1;

    /** Reads the head of a block and the place of its offsets, and nothing else. */
    private Block(byte[] bytes, int length, NodeId[] origins) {
        if (length < HEAD_BYTES_MIN + COUNT_BYTES) {
            throw new MalformedBytesException("a block has only " + length + " bytes");
        }
        int form = bytes[0];
        if ((form & ~(FORM_WIDE | FORM_EXPIRY)) != 0) {
            throw new MalformedBytesException("a block has the unknown form " + (form & 0xFF));
        }
        this.bytes = bytes;
        this.origins = origins;
        this.wide = (form & FORM_WIDE) != 0;
        this.timestampBase = (long) LONGS.get(bytes, 1);
        boolean expiring = (form & FORM_EXPIRY) != 0;
        int at = 1 + Long.BYTES + (expiring ? Long.BYTES : 0);
        int countAt = length - COUNT_BYTES;
        this.prefixLength = Varints.getInt(bytes, at, countAt, countAt);
        this.prefixAt = Varints.skip(bytes, at, countAt);
        this.timeToLiveBase = expiring ? (long) LONGS.get(bytes, 1 + Long.BYTES) : 0;
        this.count = (int) INTS.get(bytes, countAt);
        long offsetsFrom = countAt - (long) count * (wide ? Integer.BYTES : Short.BYTES);
        if (count <= 0 || offsetsFrom < prefixAt + (long) prefixLength + RECORD_BYTES_MIN) {
            throw new MalformedBytesException("a block of " + length + " bytes with " + count + " records");
        }
        this.offsetsAt = (int) offsetsFrom;
    }

    /**
     * Takes the bytes of a block whose checksum is right, and checks that each record lies within it.
     *
     * @param length how many of the bytes belong to the block
     * @param origins the members that records name by number
     */
    static Block parse(byte[] bytes, int length, NodeId[] origins) {
        Block block = new Block(bytes, length, origins);
        block.checkOffsets();
        return block;
    }

    private void checkOffsets() {
        int start = offset(0);
        if (start != prefixAt + prefixLength) {
            throw new MalformedBytesException("the first record of a block stands at " + start);
        }
        for (int i = 0; i < count; i++) {
            int end = end(i);
            if (start < 0 || end > offsetsAt || end - start < RECORD_BYTES_MIN) {
                throw new MalformedBytesException("record " + i + " of a block stands from " + start + " to " + end);
            }
            int rest = end - start - RECORD_BYTES_MIN;
            Varints.getInt(bytes, start, end - CRC_BYTES, rest);
            start = end;
        }
    }

    /** The array behind it. */
    byte[] array() {
        return bytes;
    }

    /** One more looks at it until it lets go, for an unknown time. Only while nobody can take the last holder away. */
    void hold() {
        int before = HOLDERS.getAndIncrement(this);
        Invariants.check(before > 0, "a block is held that was let go of");
    }

    /** Whether nobody is left who may look at it: then its array can be used again. */
    boolean letGo() {
        int before = HOLDERS.getAndDecrement(this);
        Invariants.check(before > 0, "a block was let go of more often than held");
        return before == 1;
    }

    int count() {
        return count;
    }

    /** How many bytes it has, decompressed. */
    int length() {
        return offsetsAt + count * (wide ? Integer.BYTES : Short.BYTES) + COUNT_BYTES;
    }

    /** What the block takes in memory. */
    int sizeBytes() {
        return bytes.length + OBJECT_BYTES;
    }

    /** Counts a reading, and tells how many there were before. */
    long countReading() {
        return readings++;
    }

    long readings() {
        return readings;
    }

    /** The first record at or behind a key; the count if there is none. */
    int lowerBound(byte[] key) {
        int found = search(key);
        return found >= 0 ? found : -found - 1;
    }

    /** The last record at or before a key; -1 if there is none. */
    int floor(byte[] key) {
        int found = search(key);
        return found >= 0 ? found : -found - 2;
    }

    /** The record with a key, or -1 - n if the n-th is the first behind it. */
    private int search(byte[] key) {
        int shared = Math.min(prefixLength, key.length);
        int order = Arrays.compareUnsigned(key, 0, shared, bytes, prefixAt, prefixAt + prefixLength);
        if (order != 0) {
            return order < 0 ? -1 : -1 - count;
        }
        long start = start(key, prefixLength);
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            order = compareSuffix(middle, key, start);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1 - low;
    }

    /**
     * Compares the suffix of a record with that of a key, whose {@link #start} is given.
     *
     * <p>Behind a suffix there are more than eight bytes: flags, time, checksum, an offset and the count.
     */
    private int compareSuffix(int record, byte[] key, long start) {
        int at = offset(record);
        int length = bytes[at++];
        if (length < 0) {
            length = (int) Varints.get(bytes, at - 1, offsetsAt);
            at = Varints.skip(bytes, at - 1, offsetsAt);
        }
        long own = clipped((long) LONGS.get(bytes, at), length);
        if (own != start) {
            return Long.compareUnsigned(own, start);
        }
        return Arrays.compareUnsigned(bytes, at, at + length, key, prefixLength, key.length);
    }

    /** The first eight bytes of a key from there as a number, with zeros behind its end. */
    private static long start(byte[] key, int from) {
        int left = key.length - from;
        if (left >= Long.BYTES) {
            return (long) LONGS.get(key, from);
        }
        long value = 0;
        for (int i = 0; i < left; i++) {
            value |= (key[from + i] & 0xFFL) << (Long.SIZE - Byte.SIZE * (i + 1));
        }
        return value;
    }

    /** The first so many bytes of eight, with zeros behind them. */
    private static long clipped(long eight, int bytes) {
        return bytes >= Long.BYTES ? eight : bytes == 0 ? 0 : eight & (-1L << (Long.SIZE - Byte.SIZE * bytes));
    }

    /** The cell of a key, or null if the block does not have it. */
    @Nullable
    Cell find(byte[] key) {
        int record = search(key);
        return record < 0 ? null : cell(record);
    }

    /** The version of a key's cell, whose value is not copied; null if the block does not have it. */
    @Nullable
    Version findVersion(byte[] key) {
        int record = search(key);
        if (record < 0) {
            return null;
        }
        requireIntact(record);
        return version(flagsAt(record), end(record) - CRC_BYTES);
    }

    Key key(int record) {
        int at = offset(record);
        int suffixLength = Varints.getInt(bytes, at, offsetsAt, offsetsAt);
        byte[] key = new byte[prefixLength + suffixLength];
        if (key.length < Key.PARTITION_BYTES) {
            throw new MalformedBytesException("a key has " + key.length + " bytes");
        }
        System.arraycopy(bytes, prefixAt, key, 0, prefixLength);
        System.arraycopy(bytes, Varints.skip(bytes, at, offsetsAt), key, prefixLength, suffixLength);
        return Key.ofStorageBytes(key);
    }

    /** The cell of a record, whose own checksum is compared before it is given out. */
    Cell cell(int record) {
        requireIntact(record);
        int end = end(record) - CRC_BYTES;
        int flagsAt = flagsAt(record);
        int flags = bytes[flagsAt];
        Version version = version(flagsAt, end);
        int valueAt = timestampAt(flagsAt, end);
        valueAt = Varints.skip(bytes, valueAt, end);
        if ((flags & FLAG_TOMBSTONE) != 0) {
            if (valueAt != end) {
                throw new MalformedBytesException("a tombstone has a value or expires");
            }
            return Cell.tombstone(version);
        }
        if ((flags & FLAG_EXPIRY) == 0) {
            return Cell.of(Arrays.copyOfRange(bytes, valueAt, end), version);
        }
        long expiryMicros = expiry(version.timestampMicros(), valueAt, end);
        valueAt = Varints.skip(bytes, valueAt, end);
        return Cell.expiring(Arrays.copyOfRange(bytes, valueAt, end), version, expiryMicros);
    }

    /** Shows a record, whose checksum is compared before. */
    void show(int record, RecordView view) {
        int start = offset(record);
        int end = end(record) - CRC_BYTES;
        requireIntact(record, start, end);
        int suffixAt = Varints.skip(bytes, start, end);
        int suffixLength = suffixLength(start, end);
        if (prefixLength + suffixLength < Key.PARTITION_BYTES) {
            throw new MalformedBytesException("a key has " + (prefixLength + suffixLength) + " bytes");
        }
        view.showKey(bytes, prefixAt, prefixLength, suffixAt, suffixLength);
        showCell(suffixAt + suffixLength, end, view);
    }

    /**
     * As {@link #show}, of a record that follows the one that the view shows. That their keys ascend is told by what
     * they do not share.
     */
    void showNext(int record, RecordView view) {
        int start = offset(record);
        int end = end(record) - CRC_BYTES;
        requireIntact(record, start, end);
        int suffixAt = Varints.skip(bytes, start, end);
        int suffixLength = suffixLength(start, end);
        if (view.compareSuffix(prefixLength, bytes, suffixAt, suffixLength) >= 0) {
            throw new MalformedBytesException("key " + key(record) + " follows key " + view.toKey());
        }
        view.showSuffix(prefixLength, bytes, suffixAt, suffixLength);
        showCell(suffixAt + suffixLength, end, view);
    }

    private int suffixLength(int start, int end) {
        return Varints.getInt(bytes, start, end, end - start);
    }

    private void showCell(int flagsAt, int end, RecordView view) {
        int flags = bytes[flagsAt];
        int at = timestampAt(flagsAt, end);
        long timestampMicros = timestampBase + Varints.get(bytes, at, end);
        view.showVersion(timestampMicros, origin(flagsAt, end));
        at = Varints.skip(bytes, at, end);
        long expiryMicros = Cell.NEVER;
        if ((flags & FLAG_EXPIRY) != 0) {
            expiryMicros = expiry(timestampMicros, at, end);
            at = Varints.skip(bytes, at, end);
        }
        view.showValue(bytes, at, end - at, (flags & FLAG_TOMBSTONE) != 0, expiryMicros);
    }

    /** Compares the key of a record with that which a view shows. */
    int compareKey(int record, RecordView view) {
        return key(record).compareTo(view.toKey());
    }

    /** The separator of an index entry, which may be shorter than any key. */
    byte[] separator(int record) {
        requireIntact(record);
        int at = offset(record);
        int suffixLength = Varints.getInt(bytes, at, offsetsAt, offsetsAt);
        byte[] separator = new byte[prefixLength + suffixLength];
        System.arraycopy(bytes, prefixAt, separator, 0, prefixLength);
        System.arraycopy(bytes, Varints.skip(bytes, at, offsetsAt), separator, prefixLength, suffixLength);
        return separator;
    }

    /** An entry of an index: two numbers, the second of which is not negative. */
    long entryOffset(int record) {
        int end = end(record) - CRC_BYTES;
        return Varints.get(bytes, entryAt(record, end), end);
    }

    int entryLength(int record) {
        int end = end(record) - CRC_BYTES;
        int at = Varints.skip(bytes, entryAt(record, end), end);
        return Varints.getInt(bytes, at, end, Integer.MAX_VALUE);
    }

    private int entryAt(int record, int end) {
        return Varints.skip(bytes, timestampAt(flagsAt(record), end), end);
    }

    private Version version(int flagsAt, int end) {
        long timestampMicros = timestampBase + Varints.get(bytes, timestampAt(flagsAt, end), end);
        return new Version(timestampMicros, origin(flagsAt, end));
    }

    private long expiry(long timestampMicros, int at, int end) {
        long expiryMicros = timestampMicros + timeToLiveBase + Varints.get(bytes, at, end);
        if (expiryMicros < 0) {
            throw new MalformedBytesException("a record has the negative expiry " + expiryMicros);
        }
        return expiryMicros;
    }

    private NodeId origin(int flagsAt, int end) {
        int number = (bytes[flagsAt] & 0xFF) >>> ORIGIN_SHIFT;
        if (number == ORIGIN_ESCAPE) {
            number += Varints.getInt(bytes, flagsAt + 1, end, origins.length);
        }
        if (number >= origins.length) {
            throw new MalformedBytesException("a record names member " + number + " of " + origins.length);
        }
        return origins[number];
    }

    private int flagsAt(int record) {
        int at = offset(record);
        int length = bytes[at];
        return length >= 0
                ? at + 1 + length
                : Varints.skip(bytes, at, offsetsAt) + Varints.getInt(bytes, at, offsetsAt, offsetsAt);
    }

    private int timestampAt(int flagsAt, int end) {
        boolean escaped = (bytes[flagsAt] & 0xFF) >>> ORIGIN_SHIFT == ORIGIN_ESCAPE;
        return escaped ? Varints.skip(bytes, flagsAt + 1, end) : flagsAt + 1;
    }

    /** Compares the checksum of a record. */
    void requireIntact(int record) {
        requireIntact(record, offset(record), end(record) - CRC_BYTES);
    }

    private void requireIntact(int record, int start, int end) {
        if ((int) INTS.get(bytes, end) != crc(bytes, prefixAt + prefixLength, start, end)) {
            throw new MalformedBytesException("record " + record + " of a block fails its checksum");
        }
    }

    /** The checksum of a record: of the head that it shares with others, then of its own bytes. */
    static int crc(byte[] bytes, int headEnd, int start, int end) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, headEnd);
        crc.update(bytes, start, end - start);
        return (int) crc.getValue();
    }

    private int offset(int record) {
        return wide
                ? (int) INTS.get(bytes, offsetsAt + record * Integer.BYTES)
                : (short) SHORTS.get(bytes, offsetsAt + record * Short.BYTES) & 0xFFFF;
    }

    private int end(int record) {
        return record + 1 < count ? offset(record + 1) : offsetsAt;
    }
}
