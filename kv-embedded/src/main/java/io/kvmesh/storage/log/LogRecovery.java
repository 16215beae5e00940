package io.kvmesh.storage.log;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.ReadFile;
import io.kvmesh.storage.log.LogFormat.SegmentHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Reads the log of earlier openings back. Used by one thread, once.
 *
 * <ol>
 *   <li>The segments from the oldest needed one on must all be there, without a gap.
 *   <li>Frames are read in order up to a mark or to the first place where no intact frame stands.
 *   <li>Such a place is the torn end of what that opening wrote, unless an intact frame behind it promises that the
 *       place had been synced: then it is damage, and the directory is refused.
 *   <li>What the same opening wrote behind its torn end is not read. The next opening's segments are.
 * </ol>
 */
public final class LogRecovery {
    /** How much of a segment is replayed before progress is told again. */
    private static final int PROGRESS_BYTES = 1024 * 1024;

    private final FileSystem files;
    private final Path directory;
    private final NodeId node;
    private final TreeMap<Integer, Long> segmentBytes = new TreeMap<>();
    private final LogSink sink;

    /** Where no intact frame stood; segments of the same opening behind such a place are not replayed. */
    private final TreeSet<Long> tornPositions = new TreeSet<>();

    /** Whether the frames read last are to be continued or closed by those that follow. */
    private boolean openEnded;

    private boolean finishedInOrder = true;
    private long replayedBytes;
    private long bytesTotal;

    public LogRecovery(FileSystem files, Path directory, NodeId node, LogSink sink) {
        this.files = files;
        this.directory = directory;
        this.node = node;
        this.sink = sink;
    }

    /** What takes the records. */
    public interface LogSink {
        /** Takes one record; its end position is the place in the log behind it. */
        void accept(MapId map, Key key, Cell cell, long endPosition) throws IOException;

        /** Called before each segment and now and then within it, for reports of progress. */
        void progress(long bytesDone, long bytesTotal);
    }

    /**
     * Replays all segments from the given one on and deletes those before it, which a crash left behind.
     *
     * @param written whether an earlier opening came so far as to have a log
     * @throws CorruptDataException naming file and offset of the damage
     */
    public void replay(int oldestNeeded, boolean written) throws IOException {
        List<Path> listed = files.list(directory);
        for (Path file : listed) {
            int segmentId = LogFormat.segmentIdOf(file);
            if (segmentId >= 0 && segmentId < oldestNeeded) {
                files.delete(file);
            }
        }
        replay(listed, oldestNeeded, written);
    }

    /** As {@link #replay(int, boolean)}, but leaves segments that are not needed where they are. */
    void inspect(int oldestNeeded, boolean written) throws IOException {
        replay(files.list(directory), oldestNeeded, written);
    }

    private void replay(List<Path> listed, int oldestNeeded, boolean written) throws IOException {
        for (Path file : listed) {
            int segmentId = LogFormat.segmentIdOf(file);
            if (segmentId >= oldestNeeded) {
                segmentBytes.put(segmentId, files.sizeBytes(file));
            }
        }
        requireAll(oldestNeeded, written);
        bytesTotal = segmentBytes.values().stream().mapToLong(Long::longValue).sum();
        for (int segmentId : segmentBytes.keySet()) {
            sink.progress(replayedBytes, bytesTotal);
            replaySegment(segmentId);
        }
    }

    /** The places where an opening ended without a close, in their order. */
    SortedSet<Long> tornPositions() {
        return Collections.unmodifiableSortedSet(tornPositions);
    }

    /** The segments found, with their sizes. */
    public SortedMap<Integer, Long> segments() {
        return new TreeMap<>(segmentBytes);
    }

    /** The segment that a new log starts with. */
    public int nextSegmentId(int oldestNeeded) {
        return segmentBytes.isEmpty() ? Math.max(1, oldestNeeded) : segmentBytes.lastKey() + 1;
    }

    /** Whether all openings ended with a close, so that all they wrote is durable. */
    public boolean finishedInOrder() {
        return finishedInOrder && !openEnded;
    }

    private void requireAll(int oldestNeeded, boolean written) {
        if (segmentBytes.isEmpty() && written) {
            throw missing(oldestNeeded);
        }
        int expected = oldestNeeded;
        for (int segmentId : segmentBytes.keySet()) {
            if (segmentId != expected) {
                throw missing(expected);
            }
            expected++;
        }
    }

    /** Refuses a log whose oldest needed segment is not there. */
    public static void requireSegment(FileSystem files, Path directory, int segmentId) {
        if (!files.exists(LogFormat.file(directory, segmentId))) {
            throw missing(directory, segmentId);
        }
    }

    private CorruptDataException missing(int segmentId) {
        return missing(directory, segmentId);
    }

    private static CorruptDataException missing(Path directory, int segmentId) {
        return new CorruptDataException("log segment " + LogFormat.file(directory, segmentId)
                + " is missing, but is needed to recover: restore it, or the whole directory from a backup");
    }

    private void replaySegment(int segmentId) throws IOException {
        Path file = LogFormat.file(directory, segmentId);
        byte[] bytes = readAll(file);
        long bytesBefore = replayedBytes;
        replayedBytes += bytes.length;
        SegmentHeader header = SegmentHeader.decode(file, bytes, bytes.length);
        if (header == null || header.segmentId() != segmentId) {
            // Its opening is unknown; that of the frames behind decides.
            torn(segmentId, 0);
            requireUnpromised(file, segmentId, segmentId, bytes, 0);
            return;
        }
        if (header.firstSegmentId() == segmentId) {
            finishedInOrder &= !openEnded;
            openEnded = false;
        }
        if (!header.node().equals(node)) {
            throw new CorruptDataException("log segment " + file + " belongs to member " + header.node() + ", not to "
                    + node + ": it was copied here from another directory");
        }
        if (tornPositions.ceiling(LogPosition.of(header.firstSegmentId(), 0)) != null) {
            requireUnpromised(file, segmentId, header.firstSegmentId(), bytes, LogFormat.SEGMENT_HEADER_BYTES);
            return;
        }
        replayFrames(file, header, bytes, bytesBefore);
    }

    private void replayFrames(Path file, SegmentHeader header, byte[] bytes, long bytesBefore) throws IOException {
        int toldBytes = 0;
        LogFrameReader reader = LogFrameReader.of(header, bytes);
        while (reader.next()) {
            if (reader.isMark()) {
                openEnded = !reader.isClosedMark();
                return;
            }
            sink.accept(reader.map(), reader.key(), reader.cell(), reader.endPosition());
            if (reader.offset() - toldBytes >= PROGRESS_BYTES) {
                toldBytes = reader.offset();
                sink.progress(bytesBefore + toldBytes, bytesTotal);
            }
        }
        torn(header.segmentId(), reader.offset());
        requireUnpromised(file, header.segmentId(), header.firstSegmentId(), bytes, reader.offset());
    }

    private void torn(int segmentId, int offset) {
        tornPositions.add(LogPosition.of(segmentId, offset));
        finishedInOrder = false;
    }

    /**
     * Refuses the log if a frame in the rest of this segment promises that a torn place had been synced. Such a frame
     * speaks only of what its own opening wrote.
     */
    private void requireUnpromised(Path file, int segmentId, int firstSegmentId, byte[] bytes, int from) {
        Long tornPosition = tornPositions.ceiling(LogPosition.of(firstSegmentId, 0));
        if (tornPosition == null || LogFrameReader.syncedPositionMax(segmentId, bytes, from) <= tornPosition) {
            return;
        }
        Path damaged = LogFormat.file(directory, LogPosition.segmentId(tornPosition));
        throw new CorruptDataException("log segment " + damaged + " is damaged at offset "
                + LogPosition.offset(tornPosition) + ", which had been synced according to " + file
                + ": restore the directory from a backup, or remove it and let the other replicas fill it again");
    }

    private byte[] readAll(Path file) throws IOException {
        try (ReadFile content = files.open(file)) {
            byte[] bytes = new byte[Math.toIntExact(content.sizeBytes())];
            content.readFully(0, bytes, 0, bytes.length);
            return bytes;
        }
    }
}
