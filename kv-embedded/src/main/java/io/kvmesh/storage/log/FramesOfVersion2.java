package io.kvmesh.storage.log;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.storage.log.LogFormat.SegmentHeader;
import java.util.ArrayList;
import java.util.List;

/** Walks a segment of version 2 from its start, since maps and stamps refer to what came before. For one thread. */
final class FramesOfVersion2 extends LogFrameReader {
    private final int segmentId;
    private final FrameHeader header;
    private final RecordOfVersion2 record;
    /** By their number in this segment. */
    private final List<MapId> maps = new ArrayList<>();

    private MapId map = new MapId(0);
    /** Where the frame behind the present one should stand. */
    private int offset;

    private boolean insideFrame;

    FramesOfVersion2(SegmentHeader segment, byte[] bytes, int from) {
        this.segmentId = segment.segmentId();
        this.header = new FrameHeader(segmentId, bytes);
        this.record = new RecordOfVersion2(segment.node(), bytes);
        this.offset = from;
    }

    @Override
    boolean next() {
        if (insideFrame) {
            record.readNext(offset);
        } else if (!beginFrame()) {
            return false;
        }
        insideFrame = !isMark() && record.endOffset() < offset;
        return true;
    }

    private boolean beginFrame() {
        if (!header.isIntactAt(offset)) {
            return false;
        }
        offset = header.endOffset();
        if (!header.isMark()) {
            map = mapOfFrame();
            record.readFirst(header.recordsAt(), offset, header.stampStep());
        }
        return true;
    }

    private MapId mapOfFrame() {
        if (header.isMapNamed()) {
            maps.add(header.namedMap());
            return header.namedMap();
        }
        long number = header.mapNumber();
        if (number < 0 || number >= maps.size()) {
            throw new MalformedBytesException(
                    "a frame of log segment " + segmentId + " has map " + number + " of " + maps.size());
        }
        return maps.get((int) number);
    }

    @Override
    int offset() {
        return offset;
    }

    @Override
    boolean isMark() {
        return header.isMark();
    }

    @Override
    boolean isClosedMark() {
        return header.isClosedMark();
    }

    @Override
    MapId map() {
        return map;
    }

    @Override
    Key key() {
        return record.key();
    }

    @Override
    Cell cell() {
        return record.cell();
    }

    @Override
    long endPosition() {
        return LogPosition.of(segmentId, record.endOffset());
    }

    @Override
    long syncedPositionMax() {
        return header.syncedPositionMax(offset);
    }
}
