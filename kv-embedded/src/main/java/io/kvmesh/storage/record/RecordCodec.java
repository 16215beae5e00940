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
import java.util.zip.CRC32C;

/**
 * The form of a record on disk: key size (4), key, value size (4), value, timestamp (8), flags (1), expiry (8, if
 * flagged), origin (8, if flagged), CRC32C (4) of all that stands before it. Stateless. Described in
 * docs/formats/record.md.
 */
public final class RecordCodec {
    /** What a record takes at most beyond its key and value. */
    public static final int OVERHEAD_BYTES_MAX = 4 + 4 + 8 + 1 + 8 + 8 + 4;

    public static final int CRC_BYTES = 4;

    private static final int FLAG_TOMBSTONE = 1;
    private static final int FLAG_EXPIRY = 2;
    private static final int FLAG_ORIGIN = 4;
    private static final int FLAGS_KNOWN = FLAG_TOMBSTONE | FLAG_EXPIRY | FLAG_ORIGIN;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private RecordCodec() {}

    public static int sizeBytes(Key key, Cell cell) {
        int valueBytes = cell.isTombstone() ? 0 : cell.value().length;
        return 4 + key.length() + 4 + valueBytes + 8 + 1 + optionalBytes(flags(cell)) + CRC_BYTES;
    }

    /** Writes a record, for which {@link #sizeBytes} bytes must be free, and returns the position behind it. */
    public static int encode(Key key, Cell cell, byte[] target, int offset) {
        byte[] keyBytes = key.bytes();
        int at = offset;
        INTS.set(target, at, keyBytes.length);
        at += 4;
        System.arraycopy(keyBytes, 0, target, at, keyBytes.length);
        at += keyBytes.length;
        at = encodeValue(cell, target, at);
        Version version = cell.version();
        LONGS.set(target, at, version.timestampMicros());
        at += 8;
        int flags = flags(cell);
        target[at++] = (byte) flags;
        if ((flags & FLAG_EXPIRY) != 0) {
            LONGS.set(target, at, cell.expiryMicros());
            at += 8;
        }
        if ((flags & FLAG_ORIGIN) != 0) {
            LONGS.set(target, at, version.origin().value());
            at += 8;
        }
        INTS.set(target, at, crc(target, offset, at - offset));
        return at + CRC_BYTES;
    }

    private static int encodeValue(Cell cell, byte[] target, int offset) {
        if (cell.isTombstone()) {
            INTS.set(target, offset, 0);
            return offset + 4;
        }
        byte[] value = cell.value();
        INTS.set(target, offset, value.length);
        System.arraycopy(value, 0, target, offset + 4, value.length);
        return offset + 4 + value.length;
    }

    /**
     * The size of the record that starts at the offset, from its own size fields.
     *
     * @throws MalformedBytesException if it would not end at or before the limit
     */
    public static int sizeAt(byte[] bytes, int offset, int limit) {
        long at = (long) offset + 4 + sizeField(bytes, offset, limit);
        at += 4L + sizeField(bytes, at, limit) + 8;
        need(at + 1, limit);
        int flags = bytes[(int) at];
        if ((flags & ~FLAGS_KNOWN) != 0) {
            throw new MalformedBytesException("a record has unknown flags " + (flags & 0xFF));
        }
        at += 1L + optionalBytes(flags) + CRC_BYTES;
        need(at, limit);
        return (int) (at - offset);
    }

    private static int sizeField(byte[] bytes, long at, int limit) {
        need(at + 4, limit);
        int size = (int) INTS.get(bytes, (int) at);
        if (size < 0) {
            throw new MalformedBytesException("a record has the negative size " + size);
        }
        need(at + 4 + size, limit);
        return size;
    }

    private static void need(long end, int limit) {
        if (end > limit) {
            throw new MalformedBytesException("a record exceeds its frame by " + (end - limit) + " bytes");
        }
    }

    /** Whether the checksum at the end of a record of this size is right. */
    public static boolean isIntact(byte[] bytes, int offset, int size) {
        return size > CRC_BYTES && storedCrc(bytes, offset, size) == crc(bytes, offset, size - CRC_BYTES);
    }

    /** The checksum that stands at the end of a record of this size. */
    public static int storedCrc(byte[] bytes, int offset, int size) {
        return (int) INTS.get(bytes, offset + size - CRC_BYTES);
    }

    public static int keyOffset(int recordOffset) {
        return recordOffset + 4;
    }

    public static int keyLength(byte[] bytes, int recordOffset) {
        return (int) INTS.get(bytes, recordOffset);
    }

    /** A copy of the key of an intact record. */
    public static Key decodeKey(byte[] bytes, int recordOffset) {
        int from = keyOffset(recordOffset);
        return Key.ofStorageBytes(Arrays.copyOfRange(bytes, from, from + keyLength(bytes, recordOffset)));
    }

    /** A copy of the cell of an intact record. */
    public static Cell decodeCell(byte[] bytes, int recordOffset) {
        int at = keyOffset(recordOffset) + keyLength(bytes, recordOffset);
        int valueBytes = (int) INTS.get(bytes, at);
        int valueAt = at + 4;
        at = valueAt + valueBytes;
        long timestampMicros = (long) LONGS.get(bytes, at);
        int flags = bytes[at + 8];
        at += 9;
        long expiryMicros = Cell.NEVER;
        if ((flags & FLAG_EXPIRY) != 0) {
            expiryMicros = (long) LONGS.get(bytes, at);
            at += 8;
        }
        long origin = (flags & FLAG_ORIGIN) != 0 ? (long) LONGS.get(bytes, at) : 0;
        Version version = new Version(timestampMicros, new NodeId(origin));
        if ((flags & FLAG_TOMBSTONE) != 0) {
            return Cell.tombstone(version);
        }
        byte[] value = Arrays.copyOfRange(bytes, valueAt, valueAt + valueBytes);
        return expiryMicros == Cell.NEVER ? Cell.of(value, version) : Cell.expiring(value, version, expiryMicros);
    }

    private static int flags(Cell cell) {
        int flags = cell.isTombstone() ? FLAG_TOMBSTONE : 0;
        if (cell.expiryMicros() != Cell.NEVER) {
            flags |= FLAG_EXPIRY;
        }
        if (cell.version().origin().value() != 0) {
            flags |= FLAG_ORIGIN;
        }
        return flags;
    }

    private static int optionalBytes(int flags) {
        return ((flags & FLAG_EXPIRY) != 0 ? 8 : 0) + ((flags & FLAG_ORIGIN) != 0 ? 8 : 0);
    }

    private static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }
}
