package io.kvmesh.storage.record;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * One record, shown in place: its arrays are those of who shows it and change when the next record is shown. Not safe
 * for several threads. With it tables are merged without an object for each record.
 */
public final class RecordView {
    private static final byte[] NO_BYTES = {};
    private static final int KEY_BYTES_MIN = 64;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private byte[] key = new byte[KEY_BYTES_MIN];
    private int keyLength;
    /** The first eight bytes of the key as a number, with zeros behind its end: most keys differ in these. */
    private long start;

    private byte[] value = NO_BYTES;
    private int valueOffset;
    private int valueLength;
    private long timestampMicros;
    private NodeId origin = new NodeId(0);
    private boolean tombstone;
    private long expiryMicros = Cell.NEVER;

    /** The array that begins with the key. */
    public byte[] key() {
        return key;
    }

    public int keyLength() {
        return keyLength;
    }

    /** The partition that a storage key begins with. */
    public int partition() {
        return (key[0] & 0xFF) << 8 | (key[1] & 0xFF);
    }

    public int compareKey(RecordView other) {
        int order = Long.compareUnsigned(start, other.start);
        return order != 0 ? order : Arrays.compareUnsigned(key, 0, keyLength, other.key, 0, other.keyLength);
    }

    public int compareKey(byte[] other, int otherLength) {
        return Arrays.compareUnsigned(key, 0, keyLength, other, 0, otherLength);
    }

    public byte[] valueArray() {
        return value;
    }

    public int valueOffset() {
        return valueOffset;
    }

    /** 0 for a tombstone. */
    public int valueLength() {
        return valueLength;
    }

    public long timestampMicros() {
        return timestampMicros;
    }

    public NodeId origin() {
        return origin;
    }

    public boolean isTombstone() {
        return tombstone;
    }

    /** Whether a reader at this wall time sees a value: neither deleted nor expired. */
    public boolean isLive(long nowMicros) {
        return !tombstone && (expiryMicros == Cell.NEVER || nowMicros < expiryMicros);
    }

    public boolean isExpiring() {
        return expiryMicros != Cell.NEVER;
    }

    /** {@link Cell#NEVER} if it does not expire. */
    public long expiryMicros() {
        return expiryMicros;
    }

    /** The order in which cells of one key win, as {@link Cell#newest} has it: positive if this one wins. */
    public int compareCell(RecordView other) {
        int order = Long.compare(timestampMicros, other.timestampMicros);
        order = order != 0 ? order : origin.compareTo(other.origin);
        if (order != 0) {
            return order;
        }
        if (tombstone || other.tombstone) {
            return Boolean.compare(tombstone, other.tombstone);
        }
        return Arrays.compareUnsigned(
                value,
                valueOffset,
                valueOffset + valueLength,
                other.value,
                other.valueOffset,
                other.valueOffset + other.valueLength);
    }

    /** A key of its own. */
    public Key toKey() {
        return Key.ofStorageBytes(Arrays.copyOf(key, keyLength));
    }

    /** A cell of its own. */
    public Cell toCell() {
        Version version = new Version(timestampMicros, origin);
        if (tombstone) {
            return Cell.tombstone(version);
        }
        byte[] copy = Arrays.copyOfRange(value, valueOffset, valueOffset + valueLength);
        return isExpiring() ? Cell.expiring(copy, version, expiryMicros) : Cell.of(copy, version);
    }

    /** Shows a key with its cell. */
    public RecordView show(Key shownKey, Cell cell) {
        showKey(shownKey.bytes(), 0, shownKey.length());
        tombstone = cell.isTombstone();
        value = tombstone ? NO_BYTES : cell.value();
        valueOffset = 0;
        valueLength = value.length;
        timestampMicros = cell.version().timestampMicros();
        origin = cell.version().origin();
        expiryMicros = tombstone ? Cell.NEVER : cell.expiryMicros();
        return this;
    }

    /** Shows a value that has neither version nor expiry: an entry of an index. */
    public RecordView showEntry(byte[] entryKey, byte[] entryValue, int entryLength) {
        showKey(entryKey, 0, entryKey.length);
        value = entryValue;
        valueOffset = 0;
        valueLength = entryLength;
        return this;
    }

    /** Shows the tombstone that has the version of the record shown so far. */
    public void showTombstone() {
        value = NO_BYTES;
        valueOffset = 0;
        valueLength = 0;
        tombstone = true;
        expiryMicros = Cell.NEVER;
    }

    /** Shows a key, whose bytes are copied. */
    public void showKey(byte[] bytes, int offset, int length) {
        keyLength = length;
        if (key.length < length) {
            key = new byte[Math.max(KEY_BYTES_MIN, 2 * length)];
        }
        System.arraycopy(bytes, offset, key, 0, length);
        readStart();
    }

    /** Shows a key that is in two parts, whose bytes are copied. */
    public void showKey(byte[] bytes, int prefixAt, int prefixBytes, int suffixAt, int suffixBytes) {
        keyLength = prefixBytes + suffixBytes;
        if (key.length < keyLength) {
            key = new byte[Math.max(KEY_BYTES_MIN, 2 * keyLength)];
        }
        System.arraycopy(bytes, prefixAt, key, 0, prefixBytes);
        System.arraycopy(bytes, suffixAt, key, prefixBytes, suffixBytes);
        readStart();
    }

    private void readStart() {
        long bytes = (long) LONGS.get(key, 0);
        int missing = Math.max(0, Long.BYTES - keyLength);
        start = missing == Long.BYTES ? 0 : bytes & (-1L << (Byte.SIZE * missing));
    }

    public void showVersion(long shownTimestampMicros, NodeId shownOrigin) {
        timestampMicros = shownTimestampMicros;
        origin = shownOrigin;
    }

    /** As above, of a member by its number. */
    public void showVersion(long shownTimestampMicros, long originNumber) {
        timestampMicros = shownTimestampMicros;
        if (origin.value() != originNumber) {
            origin = new NodeId(originNumber);
        }
    }

    /** Shows a value, whose bytes are not copied, or a tombstone. */
    public void showValue(byte[] bytes, int offset, int length, boolean isTombstone, long shownExpiryMicros) {
        if (isTombstone && (length != 0 || shownExpiryMicros != Cell.NEVER)) {
            throw new MalformedBytesException("a tombstone has a value or expires");
        }
        value = bytes;
        valueOffset = offset;
        valueLength = length;
        tombstone = isTombstone;
        expiryMicros = shownExpiryMicros;
    }
}
