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
    private static final NodeId NO_ORIGIN = new NodeId(0);
    private static final int KEY_BYTES_MIN = 64;
    /** What of a key is compared as two numbers. */
    private static final int NUMBER_BYTES = 2 * Long.BYTES;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private byte[] key = new byte[KEY_BYTES_MIN];
    private int keyLength;
    /** The first eight bytes of the key as a number, with zeros behind its end. */
    private long high;
    /** The eight bytes behind them, likewise: most keys differ in these two. */
    private long low;

    private byte[] value = NO_BYTES;
    private int valueOffset;
    private int valueLength;
    private long timestampMicros;
    private NodeId origin = NO_ORIGIN;
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
        if (high != other.high) {
            return Long.compareUnsigned(high, other.high);
        }
        if (low != other.low) {
            return Long.compareUnsigned(low, other.low);
        }
        if (keyLength <= NUMBER_BYTES || other.keyLength <= NUMBER_BYTES) {
            // What the shorter one was filled up with is in the longer one, too.
            return Integer.compare(keyLength, other.keyLength);
        }
        return Arrays.compareUnsigned(key, NUMBER_BYTES, keyLength, other.key, NUMBER_BYTES, other.keyLength);
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
        showKey(shownKey);
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

    /** Shows a key, whose bytes are copied, beside whatever cell is shown. */
    public RecordView showKey(Key shownKey) {
        showKey(shownKey.bytes(), 0, shownKey.length());
        return this;
    }

    /** As above. */
    public void showKey(byte[] bytes, int offset, int length) {
        makeRoom(length);
        System.arraycopy(bytes, offset, key, 0, length);
        readNumbers();
    }

    /** Shows a key that is in two parts, whose bytes are copied. */
    public void showKey(byte[] bytes, int prefixAt, int prefixBytes, int suffixAt, int suffixBytes) {
        makeRoom(prefixBytes + suffixBytes);
        System.arraycopy(bytes, prefixAt, key, 0, prefixBytes);
        System.arraycopy(bytes, suffixAt, key, prefixBytes, suffixBytes);
        readNumbers();
    }

    /** Shows a key that begins as the one shown so far, and goes on with bytes that are copied. */
    public void showSuffix(int prefixBytes, byte[] bytes, int suffixAt, int suffixBytes) {
        if (prefixBytes + suffixBytes > key.length - Long.BYTES) {
            key = Arrays.copyOf(key, 2 * (prefixBytes + suffixBytes));
        }
        keyLength = prefixBytes + suffixBytes;
        System.arraycopy(bytes, suffixAt, key, prefixBytes, suffixBytes);
        readNumbers();
    }

    /**
     * Compares what stands behind the first bytes of the key with other bytes, behind which their array has eight more
     * at least.
     */
    public int compareSuffix(int prefixBytes, byte[] other, int otherAt, int otherBytes) {
        int bytes = keyLength - prefixBytes;
        long own = clipped((long) LONGS.get(key, prefixBytes), bytes);
        long others = clipped((long) LONGS.get(other, otherAt), otherBytes);
        return own != others
                ? Long.compareUnsigned(own, others)
                : Arrays.compareUnsigned(key, prefixBytes, keyLength, other, otherAt, otherAt + otherBytes);
    }

    /** Behind the key the array has always eight bytes more. */
    private void makeRoom(int length) {
        keyLength = length;
        if (key.length - Long.BYTES < length) {
            key = new byte[2 * length];
        }
    }

    private void readNumbers() {
        high = clipped((long) LONGS.get(key, 0), keyLength);
        low = clipped((long) LONGS.get(key, Long.BYTES), keyLength - Long.BYTES);
    }

    /** The first so many bytes of eight, with zeros behind them. */
    private static long clipped(long eight, int bytes) {
        return bytes >= Long.BYTES ? eight : bytes <= 0 ? 0 : eight & (-1L << (Long.SIZE - Byte.SIZE * bytes));
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
