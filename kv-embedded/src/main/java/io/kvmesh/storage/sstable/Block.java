package io.kvmesh.storage.sstable;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.storage.record.RecordCodec;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The records of one data block: records, then the offset of each, then their count. Immutable. */
final class Block {
    static final int OFFSET_BYTES = 4;
    static final int COUNT_BYTES = 4;
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] bytes;
    private final int offsetsAt;
    private final int count;

    private Block(byte[] bytes, int offsetsAt, int count) {
        this.bytes = bytes;
        this.offsetsAt = offsetsAt;
        this.count = count;
    }

    /**
     * Takes the bytes of a block whose checksum is right, and checks the bounds of its records and that keys ascend.
     *
     * @param length how many of the bytes belong to the block, its trailer not included
     */
    static Block parse(byte[] bytes, int length) {
        int countAt = length - COUNT_BYTES;
        int count = countAt < 0 ? 0 : (int) INTS.get(bytes, countAt);
        long offsetsAt = countAt - (long) count * OFFSET_BYTES;
        if (count <= 0 || offsetsAt < 0) {
            throw new MalformedBytesException("a block of " + length + " bytes with " + count + " records");
        }
        Block block = new Block(bytes, (int) offsetsAt, count);
        block.check();
        return block;
    }

    private void check() {
        int expected = 0;
        for (int i = 0; i < count; i++) {
            int at = offset(i);
            if (at != expected) {
                throw new MalformedBytesException("record " + i + " of a block stands at " + at + ", not " + expected);
            }
            expected += RecordCodec.sizeAt(bytes, at, offsetsAt);
            if (i > 0 && compareKeys(offset(i - 1), at) >= 0) {
                throw new MalformedBytesException("the keys of a block do not ascend at record " + i);
            }
        }
        if (expected != offsetsAt) {
            throw new MalformedBytesException("the records of a block end at " + expected + ", not " + offsetsAt);
        }
    }

    private int compareKeys(int first, int second) {
        int firstKey = RecordCodec.keyOffset(first);
        int secondKey = RecordCodec.keyOffset(second);
        return Arrays.compareUnsigned(
                bytes,
                firstKey,
                firstKey + RecordCodec.keyLength(bytes, first),
                bytes,
                secondKey,
                secondKey + RecordCodec.keyLength(bytes, second));
    }

    int count() {
        return count;
    }

    /** What the block takes in memory. */
    int sizeBytes() {
        return bytes.length + 48;
    }

    /** The first record at or behind a key; the count if there is none. */
    int lowerBound(byte[] key) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (RecordCodec.compareKey(bytes, offset(middle), key) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The cell of a key, or null if the block does not have it. */
    @Nullable
    Cell find(byte[] key) {
        int record = lowerBound(key);
        if (record == count || RecordCodec.compareKey(bytes, offset(record), key) != 0) {
            return null;
        }
        return cell(record);
    }

    Key key(int record) {
        return RecordCodec.decodeKey(bytes, offset(record));
    }

    /** The cell of a record, whose own checksum is compared before it is given out. */
    Cell cell(int record) {
        int at = offset(record);
        int end = record + 1 < count ? offset(record + 1) : offsetsAt;
        if (!RecordCodec.isIntact(bytes, at, end - at)) {
            throw new MalformedBytesException("record " + record + " of a block fails its checksum");
        }
        return RecordCodec.decodeCell(bytes, at);
    }

    private int offset(int record) {
        return (int) INTS.get(bytes, offsetsAt + record * OFFSET_BYTES);
    }
}
