package io.kvmesh.storage.log;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.storage.record.RecordCodec;

/**
 * One entry of the log while it is put together: the record is encoded before its place in the log is known, and the
 * header is completed when it is. Reusable; not safe for several threads.
 *
 * <p>The array holds the seed of the frame's checksum (position and the record's checksum) directly in front of the
 * frame, so that one pass covers both.
 */
public final class LogFrame {
    private static final int FRAME_AT = LogFormat.FRAME_SEED_BYTES;
    private static final int RECORD_AT = FRAME_AT + LogFormat.FRAME_HEADER_BYTES;
    /** Arrays beyond this size are not kept for the next frame. */
    private static final int KEPT_BYTES_MAX = 64 * 1024;

    private static final int SEED_CRC_AT = 8;
    private static final int SYNCED_AT = FRAME_AT + 12;

    private final byte[] kept;
    private byte[] bytes;
    private int recordBytes;

    public LogFrame() {
        this(KEPT_BYTES_MAX);
    }

    private LogFrame(int keptBytes) {
        kept = new byte[keptBytes];
        bytes = kept;
    }

    /** Encodes a record and its map. */
    public LogFrame encode(MapId map, Key key, Cell cell) {
        recordBytes = RecordCodec.sizeBytes(key, cell);
        bytes = RECORD_AT + recordBytes <= kept.length ? kept : new byte[RECORD_AT + recordBytes];
        RecordCodec.encode(key, cell, bytes, RECORD_AT);
        LogFormat.setInt(bytes, SEED_CRC_AT, RecordCodec.storedCrc(bytes, RECORD_AT, recordBytes));
        LogFormat.setInt(bytes, FRAME_AT, recordBytes);
        LogFormat.setLong(bytes, FRAME_AT + 4, map.value());
        return this;
    }

    /** A frame without a record. */
    static LogFrame mark(int kind) {
        LogFrame frame = new LogFrame(RECORD_AT);
        LogFormat.setInt(frame.bytes, FRAME_AT, kind);
        return frame;
    }

    /** Fills in what depends on the frame's place. */
    void complete(long position, long syncedPosition) {
        LogFormat.setLong(bytes, 0, position);
        LogFormat.setLong(bytes, SYNCED_AT, syncedPosition);
        int checked = LogFormat.FRAME_SEED_BYTES + LogFormat.FRAME_CHECKED_BYTES;
        LogFormat.setInt(bytes, checked, LogFormat.crc(bytes, 0, checked));
    }

    byte[] array() {
        return bytes;
    }

    int offset() {
        return FRAME_AT;
    }

    /** Bytes to write. */
    int length() {
        return LogFormat.FRAME_HEADER_BYTES + recordBytes;
    }

    /** Bytes that the frame takes in the log. */
    public int sizeBytes() {
        return LogFormat.frameBytes(recordBytes);
    }

    /** Lets go of an array too large to keep. */
    public void release() {
        bytes = kept;
    }
}
