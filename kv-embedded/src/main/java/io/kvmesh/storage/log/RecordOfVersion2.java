package io.kvmesh.storage.log;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.storage.record.Varints;
import java.util.Arrays;

/**
 * The form of a record in a frame, and the record of a segment that is read just now. Not safe for several threads.
 *
 * <p>Flags (1), key size (varint), key, stamp less that of the record before it (signed varint; not in the first record
 * of a frame), expiry less stamp (signed varint, if flagged), origin (8, if it is another member than the one whose log
 * this is), value size (varint) and value (not in a tombstone).
 */
final class RecordOfVersion2 {
    private static final int FLAG_TOMBSTONE = 1;
    private static final int FLAG_EXPIRY = 2;
    private static final int FLAG_ORIGIN = 4;
    private static final int FLAGS_KNOWN = FLAG_TOMBSTONE | FLAG_EXPIRY | FLAG_ORIGIN;
    private static final int ORIGIN_BYTES = 8;
    private static final int SIZE_BYTES_MAX = 5;
    /** What a record takes at most beyond key and value. */
    private static final int OVERHEAD_BYTES_MAX = 1 + 2 * SIZE_BYTES_MAX + 2 * Varints.BYTES_MAX + ORIGIN_BYTES;

    private final NodeId node;
    private final byte[] bytes;
    private int at;
    private int limit;
    private int keyAt;
    private int keyBytes;
    private int valueAt;
    private int flags;
    private long expiryStep;
    private NodeId origin;
    private long stampMicros;

    /** A reader of records in a segment of this member. */
    RecordOfVersion2(NodeId node, byte[] bytes) {
        this.node = node;
        this.origin = node;
        this.bytes = bytes;
    }

    static long bytesMax(Key key, Cell cell) {
        return OVERHEAD_BYTES_MAX + (long) key.length() + (cell.isTombstone() ? 0 : cell.value().length);
    }

    /** Writes the first record of a frame, whose stamp stands elsewhere, and returns the position behind it. */
    static int putFirst(Key key, Cell cell, NodeId node, byte[] target, int offset) {
        return putRest(cell, node, target, putKey(key, cell, node, target, offset));
    }

    /** Writes a record behind one with another stamp, and returns the position behind it. */
    static int putNext(Key key, Cell cell, NodeId node, long stampBefore, byte[] target, int offset) {
        int at = putKey(key, cell, node, target, offset);
        at = Varints.put(target, at, unsigned(cell.version().timestampMicros() - stampBefore));
        return putRest(cell, node, target, at);
    }

    private static int putKey(Key key, Cell cell, NodeId node, byte[] target, int offset) {
        byte[] keyBytes = key.bytes();
        target[offset] = (byte) flags(cell, node);
        int at = Varints.put(target, offset + 1, keyBytes.length);
        System.arraycopy(keyBytes, 0, target, at, keyBytes.length);
        return at + keyBytes.length;
    }

    private static int putRest(Cell cell, NodeId node, byte[] target, int offset) {
        int at = offset;
        Version version = cell.version();
        if (cell.expiryMicros() != Cell.NEVER) {
            at = Varints.put(target, at, unsigned(cell.expiryMicros() - version.timestampMicros()));
        }
        if (!version.origin().equals(node)) {
            LogFormat.setLong(target, at, version.origin().value());
            at += ORIGIN_BYTES;
        }
        if (cell.isTombstone()) {
            return at;
        }
        byte[] value = cell.value();
        at = Varints.put(target, at, value.length);
        System.arraycopy(value, 0, target, at, value.length);
        return at + value.length;
    }

    private static int flags(Cell cell, NodeId node) {
        return (cell.isTombstone() ? FLAG_TOMBSTONE : 0)
                | (cell.expiryMicros() != Cell.NEVER ? FLAG_EXPIRY : 0)
                | (cell.version().origin().equals(node) ? 0 : FLAG_ORIGIN);
    }

    /** A number that is small when the given one is near 0, on either side. */
    static long unsigned(long value) {
        return value << 1 ^ value >> 63;
    }

    /** What {@link #unsigned} was given. */
    static long signed(long value) {
        return value >>> 1 ^ -(value & 1);
    }

    /** Reads the first record of an intact frame that ends at the limit. */
    void readFirst(int offset, int frameEnd, long stampStep) {
        at = offset;
        limit = frameEnd;
        readKey();
        stampMicros += stampStep;
        readRest();
    }

    /** Reads the record behind the last one, in the same frame. */
    void readNext(int frameEnd) {
        limit = frameEnd;
        readKey();
        stampMicros += signed(readNumber());
        readRest();
    }

    private void readKey() {
        need(1);
        flags = bytes[at++];
        if ((flags & ~FLAGS_KNOWN) != 0) {
            throw new MalformedBytesException("a record has unknown flags " + (flags & 0xFF));
        }
        keyBytes = readSize();
        keyAt = at;
        at += keyBytes;
    }

    private void readRest() {
        expiryStep = (flags & FLAG_EXPIRY) != 0 ? signed(readNumber()) : 0;
        origin = node;
        if ((flags & FLAG_ORIGIN) != 0) {
            need(ORIGIN_BYTES);
            origin = new NodeId(LogFormat.getLong(bytes, at));
            at += ORIGIN_BYTES;
        }
        int valueBytes = isTombstone() ? 0 : readSize();
        valueAt = at;
        at += valueBytes;
    }

    private int readSize() {
        int size = Varints.getInt(bytes, at, limit, limit - at);
        at = Varints.skip(bytes, at, limit);
        need(size);
        return size;
    }

    private long readNumber() {
        long value = Varints.get(bytes, at, limit);
        at = Varints.skip(bytes, at, limit);
        return value;
    }

    private void need(int count) {
        if (count > limit - at) {
            throw new MalformedBytesException("a record exceeds its frame by " + (count - (limit - at)) + " bytes");
        }
    }

    private boolean isTombstone() {
        return (flags & FLAG_TOMBSTONE) != 0;
    }

    /** Behind the record. */
    int endOffset() {
        return at;
    }

    /** A copy of the key. */
    Key key() {
        return Key.ofStorageBytes(Arrays.copyOfRange(bytes, keyAt, keyAt + keyBytes));
    }

    /** A copy of the cell. */
    Cell cell() {
        Version version = new Version(stampMicros, origin);
        if (isTombstone()) {
            return Cell.tombstone(version);
        }
        byte[] value = Arrays.copyOfRange(bytes, valueAt, at);
        return (flags & FLAG_EXPIRY) != 0
                ? Cell.expiring(value, version, stampMicros + expiryStep)
                : Cell.of(value, version);
    }
}
