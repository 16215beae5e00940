package io.kvmesh.storage.log;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.storage.record.RecordCodec;

/** Walks the intact frames of one segment. Not safe for several threads. */
final class LogFrameReader {
    private final int segmentId;
    private final byte[] bytes;
    private final byte[] checked = new byte[LogFormat.FRAME_SEED_BYTES + LogFormat.FRAME_CHECKED_BYTES];
    private int offset;
    private int frameAt;
    private int length;

    LogFrameReader(int segmentId, byte[] bytes, int from) {
        this.segmentId = segmentId;
        this.bytes = bytes;
        this.offset = from;
    }

    /** Moves to the next frame; false if no intact one stands there. */
    boolean next() {
        if (!isFrameAt(offset)) {
            return false;
        }
        frameAt = offset;
        length = LogFormat.getInt(bytes, frameAt);
        offset += LogFormat.frameBytes(length);
        return true;
    }

    /** Where the next frame should stand. */
    int offset() {
        return offset;
    }

    boolean isMark() {
        return length < 0;
    }

    boolean isClosedMark() {
        return length == LogFormat.MARK_CLOSED;
    }

    MapId map() {
        return new MapId(LogFormat.getLong(bytes, frameAt + 4));
    }

    Key key() {
        return RecordCodec.decodeKey(bytes, frameAt + LogFormat.FRAME_HEADER_BYTES);
    }

    Cell cell() {
        return RecordCodec.decodeCell(bytes, frameAt + LogFormat.FRAME_HEADER_BYTES);
    }

    long endPosition() {
        return LogPosition.of(segmentId, offset);
    }

    /** The greatest synced position that any intact frame at or behind an offset promises, or 0. */
    static long syncedPositionMax(int segmentId, byte[] bytes, int from) {
        LogFrameReader reader = new LogFrameReader(segmentId, bytes, from);
        long promised = 0;
        int aligned = -LogFormat.FRAME_ALIGNMENT_BYTES;
        int start = (Math.max(from, LogFormat.SEGMENT_HEADER_BYTES) + LogFormat.FRAME_ALIGNMENT_BYTES - 1) & aligned;
        for (int at = start; at <= bytes.length - LogFormat.FRAME_HEADER_BYTES; at += LogFormat.FRAME_ALIGNMENT_BYTES) {
            if (LogFormat.getInt(bytes, at) != 0 && reader.isFrameAt(at)) {
                promised = Math.max(promised, LogFormat.getLong(bytes, at + 12));
            }
        }
        return promised;
    }

    private boolean isFrameAt(int at) {
        if (at > bytes.length - LogFormat.FRAME_HEADER_BYTES) {
            return false;
        }
        int recordBytes = LogFormat.getInt(bytes, at);
        int recordAt = at + LogFormat.FRAME_HEADER_BYTES;
        if (recordBytes == LogFormat.MARK_CLOSED || recordBytes == LogFormat.MARK_CONTINUED) {
            return isHeaderIntact(at, 0);
        }
        return recordBytes > 0
                && recordBytes <= bytes.length - recordAt
                && isSized(recordAt, recordBytes)
                && isHeaderIntact(at, RecordCodec.storedCrc(bytes, recordAt, recordBytes))
                && RecordCodec.isIntact(bytes, recordAt, recordBytes);
    }

    private boolean isSized(int recordAt, int recordBytes) {
        try {
            return RecordCodec.sizeAt(bytes, recordAt, recordAt + recordBytes) == recordBytes;
        } catch (MalformedBytesException e) {
            // Whatever stands here was not written as a frame; the caller decides what that means.
            return false;
        }
    }

    private boolean isHeaderIntact(int at, int recordCrc) {
        LogFormat.setLong(checked, 0, LogPosition.of(segmentId, at));
        LogFormat.setInt(checked, 8, recordCrc);
        System.arraycopy(bytes, at, checked, LogFormat.FRAME_SEED_BYTES, LogFormat.FRAME_CHECKED_BYTES);
        int stored = LogFormat.getInt(bytes, at + LogFormat.FRAME_CHECKED_BYTES);
        return stored == LogFormat.crc(checked, 0, checked.length);
    }
}
