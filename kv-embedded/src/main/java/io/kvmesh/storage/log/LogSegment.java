package io.kvmesh.storage.log;

import io.kvmesh.api.Durability;
import io.kvmesh.model.MapId;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.SegmentFile;
import io.kvmesh.storage.log.LogFormat.SegmentHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;

/** One segment of the log that this store writes. Guarded by the append lock, except {@link #sync()}. */
final class LogSegment {
    private final int segmentId;
    private final Path file;
    private final SegmentFile content;
    /** The numbers that frames of this segment have for maps. */
    private final HashMap<MapId, Integer> mapNumbers = new HashMap<>();

    private long lastStampMicros;
    private int usedBytes = LogFormat.SEGMENT_HEADER_BYTES;

    private LogSegment(int segmentId, Path file, SegmentFile content) {
        this.segmentId = segmentId;
        this.file = file;
        this.content = content;
    }

    /** Creates the file, durably, so that no later segment can exist without it. */
    static LogSegment create(
            FileSystem files, Path directory, SegmentHeader header, int sizeBytes, Durability durability)
            throws IOException {
        Path file = LogFormat.file(directory, header.segmentId());
        SegmentFile content = durability == Durability.SYNC
                ? files.createSegment(file, sizeBytes)
                : files.createRarelySyncedSegment(file, sizeBytes);
        return begin(files, directory, header, file, content);
    }

    /**
     * As {@link #create}, but makes the segment of the file of a dropped one. What that one held stays behind the
     * header until it is overwritten; its frames name another segment, so none of them is taken for one of this.
     */
    static LogSegment recycle(FileSystem files, Path directory, SegmentHeader header, Path spare) throws IOException {
        Path file = LogFormat.file(directory, header.segmentId());
        files.rename(spare, file);
        return begin(files, directory, header, file, files.openSegment(file));
    }

    private static LogSegment begin(
            FileSystem files, Path directory, SegmentHeader header, Path file, SegmentFile content) throws IOException {
        try {
            byte[] bytes = header.encode();
            content.write(0, bytes, 0, bytes.length);
            files.syncDirectory(directory);
        } catch (IOException e) {
            try {
                content.close();
                files.delete(file);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        return new LogSegment(header.segmentId(), file, content);
    }

    int segmentId() {
        return segmentId;
    }

    Path file() {
        return file;
    }

    long sizeBytes() {
        return content.sizeBytes();
    }

    int usedBytes() {
        return usedBytes;
    }

    /** Whether a frame of this size fits and leaves room for the mark that ends every segment. */
    boolean hasRoomFor(int frameBytes) {
        return usedBytes + (long) frameBytes + FrameHeader.MARK_BYTES_MAX <= content.sizeBytes();
    }

    long endPosition() {
        return LogPosition.of(segmentId, usedBytes);
    }

    void append(LogFrame frame, long syncedPosition) throws IOException {
        Integer mapNumber = mapNumbers.get(frame.map());
        frame.complete(
                endPosition(),
                syncedPosition,
                mapNumber == null ? LogFrame.MAP_UNNUMBERED : mapNumber,
                lastStampMicros);
        write(frame);
        lastStampMicros = frame.lastStampMicros();
        if (mapNumber == null) {
            mapNumbers.put(frame.map(), mapNumbers.size());
        }
    }

    /** Ends the segment with a mark of this type, for which each has room. */
    void appendMark(int type, long syncedPosition) throws IOException {
        write(LogFrame.mark(type, endPosition(), syncedPosition));
    }

    private void write(LogFrame frame) throws IOException {
        content.write(usedBytes, frame.array(), frame.offset(), frame.length());
        usedBytes += frame.length();
    }

    /** One thread at a time. */
    void sync() throws IOException {
        content.sync();
    }

    void close() throws IOException {
        content.close();
    }
}
