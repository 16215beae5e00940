package io.kvmesh.storage.sstable;

import io.kvmesh.storage.record.RecordView;
import io.kvmesh.storage.record.Varints;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Gathers the records of one block and gives it its form, which {@link Block} reads. Not safe for several threads; used
 * for one block after the other.
 *
 * <p>What all records of a block share is known only when it is complete: the prefix of the keys, the least timestamp,
 * and the least time to live. So keys and values are kept until then.
 */
final class BlockBuilder {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final int SHORT_OFFSET_MAX = 0xFFFF;

    private int records;
    private byte[] keys = new byte[1024];
    private int[] keyEnds = new int[64];
    private byte[] values = new byte[4 * 1024];
    private int[] valueEnds = new int[64];
    private long[] timestamps = new long[64];
    private long[] timesToLive = new long[64];
    private int[] origins = new int[64];
    private byte[] flags = new byte[64];

    private int sharedBytes;
    private long timestampMin;
    private long timestampMax;
    private long timeToLiveMin;
    private long timeToLiveMax;
    private boolean expiring;

    private byte[] block = new byte[4 * 1024];
    private int[] starts = new int[64];

    int records() {
        return records;
    }

    /** What the block takes about, without compression. */
    int sizeBytes() {
        return records == 0 ? 0 : estimate(records, keyEnds[records - 1], valueEnds[records - 1], sharedBytes);
    }

    /** What the block would take about with one more record. */
    int sizeBytesWith(byte[] key, int keyLength, int valueLength) {
        if (records == 0) {
            return estimate(1, keyLength, valueLength, keyLength);
        }
        int shared = shared(key, keyLength);
        return estimate(records + 1, keyEnds[records - 1] + keyLength, valueEnds[records - 1] + valueLength, shared);
    }

    private int estimate(int count, int keyBytes, int valueBytes, int shared) {
        int each = 1 + 1 + Varints.sizeBytes(timestampMax - timestampMin) + Block.CRC_BYTES + Short.BYTES;
        each += expiring ? Varints.sizeBytes(timeToLiveMax - timeToLiveMin) : 0;
        return Block.HEAD_BYTES_MIN
                + shared
                + keyBytes
                - count * shared
                + valueBytes
                + count * each
                + Block.COUNT_BYTES;
    }

    /** How many bytes the first key, and so every key, has in common with this one, which is the greatest. */
    private int shared(byte[] key, int keyLength) {
        int first = Math.min(sharedBytes, keyLength);
        int mismatch = Arrays.mismatch(keys, 0, first, key, 0, first);
        return mismatch < 0 ? first : mismatch;
    }

    /** Adds a record whose key is greater than those before. A tombstone has no value bytes. */
    void add(RecordView record, int origin) {
        int keyStart = records == 0 ? 0 : keyEnds[records - 1];
        int valueStart = records == 0 ? 0 : valueEnds[records - 1];
        ensureRecords();
        sharedBytes = records == 0 ? record.keyLength() : shared(record.key(), record.keyLength());
        keys = room(keys, keyStart, record.keyLength());
        System.arraycopy(record.key(), 0, keys, keyStart, record.keyLength());
        keyEnds[records] = keyStart + record.keyLength();
        values = room(values, valueStart, record.valueLength());
        System.arraycopy(record.valueArray(), record.valueOffset(), values, valueStart, record.valueLength());
        valueEnds[records] = valueStart + record.valueLength();
        origins[records] = origin;
        flags[records] = (byte) (record.isTombstone() ? Block.FLAG_TOMBSTONE : 0);
        addTimes(record);
        records++;
    }

    private void addTimes(RecordView record) {
        long timestamp = record.timestampMicros();
        timestamps[records] = timestamp;
        timestampMin = records == 0 ? timestamp : Math.min(timestampMin, timestamp);
        timestampMax = records == 0 ? timestamp : Math.max(timestampMax, timestamp);
        if (record.isExpiring()) {
            // May wrap around; the reader's sum does so, too.
            long timeToLive = record.expiryMicros() - timestamp;
            timesToLive[records] = timeToLive;
            flags[records] |= Block.FLAG_EXPIRY;
            timeToLiveMin = expiring ? Math.min(timeToLiveMin, timeToLive) : timeToLive;
            timeToLiveMax = expiring ? Math.max(timeToLiveMax, timeToLive) : timeToLive;
            expiring = true;
        }
    }

    private void ensureRecords() {
        if (keyEnds.length == records) {
            int more = 2 * records;
            keyEnds = Arrays.copyOf(keyEnds, more);
            valueEnds = Arrays.copyOf(valueEnds, more);
            timestamps = Arrays.copyOf(timestamps, more);
            timesToLive = Arrays.copyOf(timesToLive, more);
            origins = Arrays.copyOf(origins, more);
            flags = Arrays.copyOf(flags, more);
        }
    }

    private static byte[] room(byte[] array, int used, int more) {
        int needed = Math.addExact(used, more);
        return needed <= array.length ? array : Arrays.copyOf(array, Math.max(needed, 2 * array.length));
    }

    /** Writes the block into {@link #block()} and returns its length. There must be records; they stay. */
    int build() {
        long atMost = Block.HEAD_BYTES_MAX + sharedBytes + (long) keyEnds[records - 1] + valueEnds[records - 1];
        atMost += records * (long) Block.RECORD_OVERHEAD_MAX;
        boolean wide = atMost > SHORT_OFFSET_MAX;
        int room = Math.toIntExact(atMost + records * (long) Integer.BYTES + Block.COUNT_BYTES);
        block = block.length >= room ? block : new byte[room];
        int headEnd = putHead(wide);
        starts = starts.length >= records ? starts : new int[keyEnds.length];
        int at = headEnd;
        for (int i = 0; i < records; i++) {
            starts[i] = at;
            at = putRecord(i, headEnd, at);
        }
        for (int i = 0; i < records; i++) {
            if (wide) {
                INTS.set(block, at, starts[i]);
                at += Integer.BYTES;
            } else {
                SHORTS.set(block, at, (short) starts[i]);
                at += Short.BYTES;
            }
        }
        INTS.set(block, at, records);
        return at + Block.COUNT_BYTES;
    }

    private int putHead(boolean wide) {
        block[0] = (byte) ((expiring ? Block.FORM_EXPIRY : 0) | (wide ? Block.FORM_WIDE : 0));
        LONGS.set(block, 1, timestampMin);
        int at = 1 + Long.BYTES;
        if (expiring) {
            LONGS.set(block, at, timeToLiveMin);
            at += Long.BYTES;
        }
        at = Varints.put(block, at, sharedBytes);
        System.arraycopy(keys, 0, block, at, sharedBytes);
        return at + sharedBytes;
    }

    private int putRecord(int record, int headEnd, int start) {
        int keyStart = (record == 0 ? 0 : keyEnds[record - 1]) + sharedBytes;
        int suffixBytes = keyEnds[record] - keyStart;
        int at = Varints.put(block, start, suffixBytes);
        System.arraycopy(keys, keyStart, block, at, suffixBytes);
        at += suffixBytes;
        int origin = origins[record];
        int inFlags = Math.min(origin, Block.ORIGIN_ESCAPE);
        block[at++] = (byte) (flags[record] | inFlags << Block.ORIGIN_SHIFT);
        if (inFlags == Block.ORIGIN_ESCAPE) {
            at = Varints.put(block, at, origin - Block.ORIGIN_ESCAPE);
        }
        at = Varints.put(block, at, timestamps[record] - timestampMin);
        if ((flags[record] & Block.FLAG_EXPIRY) != 0) {
            at = Varints.put(block, at, timesToLive[record] - timeToLiveMin);
        }
        int valueStart = record == 0 ? 0 : valueEnds[record - 1];
        int valueBytes = valueEnds[record] - valueStart;
        System.arraycopy(values, valueStart, block, at, valueBytes);
        at += valueBytes;
        INTS.set(block, at, Block.crc(block, headEnd, start, at));
        return at + Block.CRC_BYTES;
    }

    /** The array behind, valid until the next block. */
    byte[] block() {
        return block;
    }

    /** Forgets the records and keeps the arrays. */
    void reset() {
        records = 0;
        expiring = false;
        timestampMin = 0;
        timestampMax = 0;
    }
}
