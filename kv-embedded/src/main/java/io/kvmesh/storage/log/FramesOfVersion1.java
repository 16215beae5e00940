package io.kvmesh.storage.log;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;

/** Walks a segment of version 1, where each frame has one record. Not safe for several threads. */
final class FramesOfVersion1 extends LogFrameReader {
    /** Length (4), map (8), synced position (8), CRC (4). */
    private static final int HEADER_BYTES = 24;
    /** What the frame's checksum covers beyond the header: position (8) and the record's own checksum (4). */
    private static final int SEED_BYTES = 12;
    /** Header bytes in front of the frame's checksum. */
    private static final int CHECKED_BYTES = HEADER_BYTES - 4;

    private static final int MAP_AT = 4;
    private static final int SYNCED_AT = 12;
    private static final int ALIGNMENT_BYTES = 8;

    /** Instead of a length: the store was closed in order here. */
    private static final int MARK_CLOSED = -1;
    /** Instead of a length: the log goes on in the next segment. */
    private static final int MARK_CONTINUED = -2;

    private final int segmentId;
    private final byte[] bytes;
    private final byte[] checked = new byte[SEED_BYTES + CHECKED_BYTES];
    private int offset;
    private int frameAt;
    private int length;

    FramesOfVersion1(int segmentId, byte[] bytes, int from) {
        this.segmentId = segmentId;
        this.bytes = bytes;
        this.offset = from;
    }

    @Override
    boolean next() {
        if (!isFrameAt(offset)) {
            return false;
        }
        frameAt = offset;
        length = LogFormat.getInt(bytes, frameAt);
        offset += (HEADER_BYTES + Math.max(0, length) + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
        return true;
    }

    @Override
    int offset() {
        return offset;
    }

    @Override
    boolean isMark() {
        return length < 0;
    }

    @Override
    boolean isClosedMark() {
        return length == MARK_CLOSED;
    }

    @Override
    MapId map() {
        return new MapId(LogFormat.getLong(bytes, frameAt + MAP_AT));
    }

    @Override
    Key key() {
        return RecordOfVersion1.decodeKey(bytes, frameAt + HEADER_BYTES);
    }

    @Override
    Cell cell() {
        return RecordOfVersion1.decodeCell(bytes, frameAt + HEADER_BYTES);
    }

    @Override
    long endPosition() {
        return LogPosition.of(segmentId, offset);
    }

    @Override
    long syncedPositionMax() {
        long promised = 0;
        int start = (offset + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
        for (int at = start; at <= bytes.length - HEADER_BYTES; at += ALIGNMENT_BYTES) {
            if (LogFormat.getInt(bytes, at) != 0 && isFrameAt(at)) {
                promised = Math.max(promised, LogFormat.getLong(bytes, at + SYNCED_AT));
            }
        }
        return promised;
    }

    private boolean isFrameAt(int at) {
        if (at > bytes.length - HEADER_BYTES) {
            return false;
        }
        int recordBytes = LogFormat.getInt(bytes, at);
        int recordAt = at + HEADER_BYTES;
        if (recordBytes == MARK_CLOSED || recordBytes == MARK_CONTINUED) {
            return isHeaderIntact(at, 0);
        }
        return recordBytes > 0
                && recordBytes <= bytes.length - recordAt
                && isSized(recordAt, recordBytes)
                && isHeaderIntact(at, RecordOfVersion1.storedCrc(bytes, recordAt, recordBytes))
                && RecordOfVersion1.isIntact(bytes, recordAt, recordBytes);
    }

    private boolean isSized(int recordAt, int recordBytes) {
        try {
            return RecordOfVersion1.sizeAt(bytes, recordAt, recordAt + recordBytes) == recordBytes;
        } catch (MalformedBytesException e) {
            // Whatever stands here was not written as a frame; the caller decides what that means.
            return false;
        }
    }

    private boolean isHeaderIntact(int at, int recordCrc) {
        LogFormat.setLong(checked, 0, LogPosition.of(segmentId, at));
        LogFormat.setInt(checked, 8, recordCrc);
        System.arraycopy(bytes, at, checked, SEED_BYTES, CHECKED_BYTES);
        int stored = LogFormat.getInt(bytes, at + CHECKED_BYTES);
        return stored == LogFormat.crc(checked, 0, checked.length);
    }
}
