package io.kvmesh.storage.log;

import io.kvmesh.api.Durability;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.storage.log.LogFormat.SegmentHeader;
import java.io.IOException;
import java.nio.file.Path;

/** The log of a store whose records are all in tables. Stateless. */
public final class EmptyLog {
    private static final int SEGMENT_ID = 1;
    private static final int SEGMENT_BYTES = LogFormat.SEGMENT_HEADER_BYTES + FrameHeader.MARK_BYTES_MAX;

    private EmptyLog() {}

    /** Writes the log of a store that was closed in order, durably. The directory must exist and be empty. */
    public static void write(FileSystem files, Path directory, NodeId node) throws IOException {
        SegmentHeader header = new SegmentHeader(SEGMENT_ID, SEGMENT_ID, node);
        LogSegment segment = LogSegment.create(files, directory, header, SEGMENT_BYTES, Durability.PERIODIC);
        try {
            segment.appendMark(FrameHeader.TYPE_CLOSED, segment.endPosition());
            segment.sync();
        } finally {
            segment.close();
        }
    }
}
