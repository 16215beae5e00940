package io.kvmesh.storage.sstable;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import java.util.Arrays;

/**
 * One record, shown in place: its arrays are those of who shows it and change when the next record is shown. Not safe
 * for several threads. With it tables are merged without an object for each record.
 */
public final class RecordView {
    private static final byte[] NO_BYTES = {};

    private byte[] key = NO_BYTES;
    private int keyLength;
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

    public int compareKey(RecordView other) {
        return Arrays.compareUnsigned(key, 0, keyLength, other.key, 0, other.keyLength);
    }

    int compareKey(byte[] other, int otherLength) {
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
        key = shownKey.bytes();
        keyLength = key.length;
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
    RecordView showEntry(byte[] entryKey, byte[] entryValue, int entryLength) {
        key = entryKey;
        keyLength = entryKey.length;
        value = entryValue;
        valueOffset = 0;
        valueLength = entryLength;
        return this;
    }

    /** The key's bytes come from two places; the array is kept and grows. */
    void showKey(byte[] bytes, int prefixAt, int prefixBytes, int suffixAt, int suffixBytes) {
        keyLength = prefixBytes + suffixBytes;
        if (key.length < keyLength) {
            key = new byte[Math.max(64, 2 * keyLength)];
        }
        System.arraycopy(bytes, prefixAt, key, 0, prefixBytes);
        System.arraycopy(bytes, suffixAt, key, prefixBytes, suffixBytes);
    }

    void showVersion(long shownTimestampMicros, NodeId shownOrigin) {
        timestampMicros = shownTimestampMicros;
        origin = shownOrigin;
    }

    void showValue(byte[] bytes, int offset, int length, boolean isTombstone, long shownExpiryMicros) {
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
