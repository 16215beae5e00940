package io.kvmesh.storage.log;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.storage.log.LogFormat.SegmentHeader;

/** Walks the records in the intact frames of one segment. Not safe for several threads. */
abstract class LogFrameReader {

    /** A reader that stands before the first frame of a segment. */
    static LogFrameReader of(SegmentHeader header, byte[] bytes) {
        int from = LogFormat.SEGMENT_HEADER_BYTES;
        return header.version() == 1
                ? new FramesOfVersion1(header.segmentId(), bytes, from)
                : new FramesOfVersion2(header, bytes, from);
    }

    /** Moves to the next record or mark; false if no intact frame stands where it should be. */
    abstract boolean next();

    /** Where the frame behind the present one should stand. */
    abstract int offset();

    /** Whether there is a mark instead of a record. */
    abstract boolean isMark();

    abstract boolean isClosedMark();

    abstract MapId map();

    abstract Key key();

    abstract Cell cell();

    /** The place in the log behind the record. */
    abstract long endPosition();

    /** The greatest synced position that any intact frame at or behind the present place promises, or 0. */
    abstract long syncedPositionMax();

    /**
     * The greatest synced position that any intact frame at or behind an offset promises, or 0. Looks for frames of
     * each version: what stands in the header may be as damaged as what is behind it.
     */
    static long syncedPositionMax(int segmentId, byte[] bytes, int from) {
        int start = Math.max(from, LogFormat.SEGMENT_HEADER_BYTES);
        return Math.max(
                new FramesOfVersion1(segmentId, bytes, start).syncedPositionMax(),
                new FrameHeader(segmentId, bytes).syncedPositionMax(start));
    }
}
