package io.kvmesh.storage.log;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import java.util.Arrays;

/**
 * The form of a record in segments of version 1, which are read but not written any more. Stateless.
 *
 * <p>Key size (4), key, value size (4), value, timestamp (8), flags (1), expiry (8, if flagged), origin (8, if
 * flagged), CRC32C (4) of all that stands before it.
 */
final class RecordOfVersion1 {
    private static final int CRC_BYTES = 4;

    private static final int FLAG_TOMBSTONE = 1;
    private static final int FLAG_EXPIRY = 2;
    private static final int FLAG_ORIGIN = 4;
    private static final int FLAGS_KNOWN = FLAG_TOMBSTONE | FLAG_EXPIRY | FLAG_ORIGIN;

    private RecordOfVersion1() {}

    /**
     * The size of the record that starts at the offset, from its own size fields.
     *
     * @throws MalformedBytesException if it would not end at or before the limit
     */
    static int sizeAt(byte[] bytes, int offset, int limit) {
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
        int size = LogFormat.getInt(bytes, (int) at);
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
    static boolean isIntact(byte[] bytes, int offset, int size) {
        return size > CRC_BYTES && storedCrc(bytes, offset, size) == LogFormat.crc(bytes, offset, size - CRC_BYTES);
    }

    /** The checksum that stands at the end of a record of this size. */
    static int storedCrc(byte[] bytes, int offset, int size) {
        return LogFormat.getInt(bytes, offset + size - CRC_BYTES);
    }

    private static int keyOffset(int recordOffset) {
        return recordOffset + 4;
    }

    private static int keyLength(byte[] bytes, int recordOffset) {
        return LogFormat.getInt(bytes, recordOffset);
    }

    /** A copy of the key of an intact record. */
    static Key decodeKey(byte[] bytes, int recordOffset) {
        int from = keyOffset(recordOffset);
        return Key.ofStorageBytes(Arrays.copyOfRange(bytes, from, from + keyLength(bytes, recordOffset)));
    }

    /** A copy of the cell of an intact record. */
    static Cell decodeCell(byte[] bytes, int recordOffset) {
        int at = keyOffset(recordOffset) + keyLength(bytes, recordOffset);
        int valueBytes = LogFormat.getInt(bytes, at);
        int valueAt = at + 4;
        at = valueAt + valueBytes;
        long timestampMicros = LogFormat.getLong(bytes, at);
        int flags = bytes[at + 8];
        at += 9;
        long expiryMicros = Cell.NEVER;
        if ((flags & FLAG_EXPIRY) != 0) {
            expiryMicros = LogFormat.getLong(bytes, at);
            at += 8;
        }
        long origin = (flags & FLAG_ORIGIN) != 0 ? LogFormat.getLong(bytes, at) : 0;
        Version version = new Version(timestampMicros, new NodeId(origin));
        if ((flags & FLAG_TOMBSTONE) != 0) {
            return Cell.tombstone(version);
        }
        byte[] value = Arrays.copyOfRange(bytes, valueAt, valueAt + valueBytes);
        return expiryMicros == Cell.NEVER ? Cell.of(value, version) : Cell.expiring(value, version, expiryMicros);
    }

    private static int optionalBytes(int flags) {
        return ((flags & FLAG_EXPIRY) != 0 ? 8 : 0) + ((flags & FLAG_ORIGIN) != 0 ? 8 : 0);
    }
}
