package io.kvmesh.storage.log;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.MapId;
import io.kvmesh.storage.record.Varints;

/**
 * What stands in front of the records of a frame, or is a mark, as it is read. Not safe for several threads.
 *
 * <p>A check of two bytes covers the header alone, so that few places that are no frames make a search read all that
 * they claim to have. The checksum covers header and records.
 */
final class FrameHeader {
    /** The upper half of the first byte of each frame. */
    static final int KIND = 0xA0;

    static final int KIND_MASK = 0xF0;
    /** The lower two bits of the first byte: what the frame is. */
    static final int TYPE_MASK = 0x03;

    static final int TYPE_RECORDS = 0;
    static final int TYPE_CONTINUED = 1;
    static final int TYPE_CLOSED = 2;
    /** The map is named, and takes the next number of the segment. */
    static final int FLAG_MAP_NAMED = 0x04;
    /** The synced position lies in an earlier segment. */
    static final int FLAG_SYNCED_EARLIER = 0x08;

    static final int MAP_BYTES = 8;
    static final int CHECK_BYTES = 2;
    static final int CRC_BYTES = 4;
    /** What the checksum covers in front of the header: that of the records (4), and the frame's position (8). */
    static final int SEED_BYTES = 12;

    static final int POSITION_AT = 4;
    /** Kind, length of the records, segments back, synced offset, map, stamp, check, checksum. */
    static final int BYTES_MAX = 1 + 5 + 5 + 5 + MAP_BYTES + Varints.BYTES_MAX + CHECK_BYTES + CRC_BYTES;

    static final int MARK_BYTES_MAX = 1 + 5 + 5 + CHECK_BYTES + CRC_BYTES;

    private final int segmentId;
    private final byte[] bytes;
    private final byte[] checked = new byte[SEED_BYTES + BYTES_MAX];
    private int at;
    private int kind;
    private int recordBytes;
    private long syncedPosition;
    private long map;
    private long stampStep;
    private int recordsAt;

    FrameHeader(int segmentId, byte[] bytes) {
        this.segmentId = segmentId;
        this.bytes = bytes;
    }

    /** Whether an intact frame stands at an offset; if so, the other methods tell of it. */
    boolean isIntactAt(int offset) {
        if (!isKindAt(offset)) {
            return false;
        }
        kind = bytes[offset] & 0xFF;
        at = offset + 1;
        try {
            return readFields(offset) && isChecked(offset);
        } catch (MalformedBytesException e) {
            // Whatever stands here was not written as a frame; the caller decides what that means.
            return false;
        }
    }

    private boolean isKindAt(int offset) {
        if (offset >= bytes.length) {
            return false;
        }
        int found = bytes[offset] & 0xFF;
        if ((found & KIND_MASK) != KIND) {
            return false;
        }
        return switch (found & TYPE_MASK) {
            case TYPE_RECORDS -> true;
            case TYPE_CONTINUED, TYPE_CLOSED -> (found & FLAG_MAP_NAMED) == 0;
            default -> false;
        };
    }

    /** False if no frame has such fields. */
    private boolean readFields(int offset) {
        recordBytes = 0;
        if (!isMark()) {
            long length = readNumber();
            if (length <= 0 || length > bytes.length - at) {
                return false;
            }
            recordBytes = (int) length;
        }
        if (!readSynced(offset)) {
            return false;
        }
        if (!isMark()) {
            if (isMapNamed()) {
                if (bytes.length - at < MAP_BYTES) {
                    return false;
                }
                map = LogFormat.getLong(bytes, at);
                at += MAP_BYTES;
            } else {
                map = readNumber();
            }
            stampStep = RecordOfVersion2.signed(readNumber());
        }
        recordsAt = at + CHECK_BYTES + CRC_BYTES;
        return recordsAt <= bytes.length && recordBytes <= bytes.length - recordsAt;
    }

    private boolean readSynced(int offset) {
        if ((kind & FLAG_SYNCED_EARLIER) == 0) {
            long distance = readNumber();
            syncedPosition = LogPosition.of(segmentId, (int) (offset - distance));
            return distance >= 0 && distance <= offset;
        }
        long segmentsBack = readNumber();
        long syncedOffset = readNumber();
        syncedPosition = LogPosition.of((int) (segmentId - segmentsBack), (int) syncedOffset);
        return segmentsBack > 0 && segmentsBack < segmentId && syncedOffset >= 0 && syncedOffset <= Integer.MAX_VALUE;
    }

    private long readNumber() {
        long value = Varints.get(bytes, at, bytes.length);
        at = Varints.skip(bytes, at, bytes.length);
        return value;
    }

    private boolean isChecked(int offset) {
        int fieldBytes = at - offset;
        if (fieldBytes > BYTES_MAX - CHECK_BYTES - CRC_BYTES) {
            return false;
        }
        LogFormat.setLong(checked, POSITION_AT, LogPosition.of(segmentId, offset));
        System.arraycopy(bytes, offset, checked, SEED_BYTES, fieldBytes + CHECK_BYTES);
        int checkAt = SEED_BYTES + fieldBytes;
        if (LogFormat.getShort(checked, checkAt) != check(checked, POSITION_AT, checkAt)) {
            return false;
        }
        LogFormat.setInt(checked, 0, isMark() ? 0 : LogFormat.crc(bytes, recordsAt, recordBytes));
        return LogFormat.getInt(bytes, recordsAt - CRC_BYTES) == LogFormat.crc(checked, 0, checkAt + CHECK_BYTES);
    }

    /** The check of position and fields, which stand in an array in front of it. */
    static short check(byte[] bytes, int positionAt, int checkAt) {
        return (short) LogFormat.crc(bytes, positionAt, checkAt - positionAt);
    }

    boolean isMark() {
        return (kind & TYPE_MASK) != TYPE_RECORDS;
    }

    boolean isClosedMark() {
        return (kind & TYPE_MASK) == TYPE_CLOSED;
    }

    boolean isMapNamed() {
        return (kind & FLAG_MAP_NAMED) != 0;
    }

    /** The map, if it is named. */
    MapId namedMap() {
        return new MapId(map);
    }

    /** The number of the map in this segment, if it is not named. */
    long mapNumber() {
        return map;
    }

    /** The stamp of the first record less that of the record before it in the segment. */
    long stampStep() {
        return stampStep;
    }

    int recordsAt() {
        return recordsAt;
    }

    int endOffset() {
        return recordsAt + recordBytes;
    }

    /** The greatest synced position that any intact frame at or behind an offset promises, or 0. */
    long syncedPositionMax(int from) {
        long promised = 0;
        for (int offset = from; offset < bytes.length; offset++) {
            if (bytes[offset] != 0 && isIntactAt(offset)) {
                promised = Math.max(promised, syncedPosition);
            }
        }
        return promised;
    }
}
