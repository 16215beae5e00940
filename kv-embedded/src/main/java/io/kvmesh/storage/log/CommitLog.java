package io.kvmesh.storage.log;

import io.kvmesh.api.Durability;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.log.LogFormat.SegmentHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commit log shared by all maps. Appends are guarded by the append lock, which the caller holds; everything else is
 * safe for any thread.
 *
 * <ol>
 *   <li>A frame is copied into the active segment; from then on it survives a crash of the process.
 *   <li>When the active segment is half full, the next one is prepared on the log lane, since filling it with zeros
 *       takes long. When it is not ready in time, the appending thread makes it.
 *   <li>{@link #sync()} makes everything appended before durable, without holding the append lock meanwhile.
 *   <li>{@link #dropBefore} deletes the segments that no memtable needs, or keeps them to be the next ones.
 * </ol>
 */
public final class CommitLog {
    private static final Logger LOG = LoggerFactory.getLogger(CommitLog.class);
    /** The first segment after an opening is small, so that opening is quick and a small store stays small. */
    private static final int FIRST_SEGMENT_BYTES_MAX = 1024 * 1024;

    private static final int GROWTH_FACTOR = 4;

    private final FileSystem files;
    private final Scheduler scheduler;
    private final Path directory;
    private final NodeId node;
    private final int segmentBytes;
    private final Durability durability;
    private final int firstSegmentId;
    private final ReentrantLock appendLock;
    /** Taken before the append lock; held while files are synced, closed or deleted. */
    private final ReentrantLock syncLock = new ReentrantLock();
    /** Taken after the append lock; held while a segment is created. */
    private final ReentrantLock prepareLock = new ReentrantLock();

    /** Segments of earlier openings that are still needed, with their sizes. Guarded by the append lock. */
    private final TreeMap<Integer, Long> olderSegments;
    /** Segments of this opening, the active one last. Guarded by the append lock. */
    private final ArrayList<LogSegment> segments = new ArrayList<>();

    private final SpareSegments spares;
    private LogSegment active;
    private @Nullable LogSegment prepared;
    private boolean prepareRequested;
    private int createdSegmentId;
    private volatile long syncedPosition;
    /** The active segment when spares were looked after last. Guarded by the sync lock. */
    private int trimmedAtSegmentId;
    /** Set by the first failure; from then on the log takes no more frames. Guarded by the append lock. */
    private boolean appendFailed;
    /** Set by the first failure; a later sync could succeed without the bytes that this one lost. */
    private boolean syncFailed;

    /**
     * Starts a new segment behind those of earlier openings.
     *
     * @param durability whether there will be a sync for each write
     * @param olderSegments the files of earlier openings with their sizes
     */
    public CommitLog(
            FileSystem files,
            Scheduler scheduler,
            Path directory,
            NodeId node,
            int segmentBytes,
            Durability durability,
            ReentrantLock appendLock,
            SortedMap<Integer, Long> olderSegments,
            int firstSegmentId)
            throws IOException {
        this.files = files;
        this.scheduler = scheduler;
        this.directory = directory;
        this.node = node;
        this.segmentBytes = segmentBytes;
        this.durability = durability;
        this.appendLock = appendLock;
        this.olderSegments = new TreeMap<>(olderSegments);
        this.firstSegmentId = firstSegmentId;
        this.createdSegmentId = firstSegmentId - 1;
        this.spares = new SpareSegments(segmentBytes);
        this.active = create(Math.min(segmentBytes, FIRST_SEGMENT_BYTES_MAX));
        segments.add(active);
        this.syncedPosition = LogPosition.of(firstSegmentId, 0);
    }

    /** Copies a frame into the log and returns how many bytes it took. The caller holds the append lock. */
    public int append(LogFrame frame) throws IOException {
        if (appendFailed) {
            throw new IOException("an earlier append to the log failed");
        }
        appendFailed = true;
        appendToActive(frame);
        appendFailed = false;
        if (!prepareRequested && active.usedBytes() > active.sizeBytes() / 2) {
            prepareRequested = true;
            // A refused task is no loss: the segment is then made when it is needed.
            scheduler.offer(Lane.LOG, this::prepare);
        }
        return frame.length();
    }

    private void appendToActive(LogFrame frame) throws IOException {
        while (!active.hasRoomFor(frame.lengthMax())) {
            roll(frame.lengthMax());
        }
        active.append(frame, syncedPosition);
    }

    /** Where the next frame will stand. The caller holds the append lock. */
    public long endPosition() {
        return active.endPosition();
    }

    private void roll(int frameBytes) throws IOException {
        active.appendMark(FrameHeader.TYPE_CONTINUED, syncedPosition);
        int neededBytes = LogFormat.SEGMENT_HEADER_BYTES + frameBytes + FrameHeader.MARK_BYTES_MAX;
        prepareLock.lock();
        try {
            LogSegment next = prepared;
            prepared = null;
            active = next != null ? next : create(Math.max(nextSegmentBytes(), neededBytes));
        } finally {
            prepareLock.unlock();
        }
        segments.add(active);
        prepareRequested = false;
    }

    private int nextSegmentBytes() {
        return (int) Math.min(segmentBytes, active.sizeBytes() * GROWTH_FACTOR);
    }

    private void prepare() {
        int sizeBytes;
        appendLock.lock();
        try {
            sizeBytes = nextSegmentBytes();
        } finally {
            appendLock.unlock();
        }
        prepareLock.lock();
        try {
            if (prepared == null && prepareRequested) {
                prepared = create(sizeBytes);
            }
        } catch (IOException e) {
            // Not final: the append that needs the segment tries again and reports the failure, if it still is one.
            prepared = null;
        } finally {
            prepareLock.unlock();
        }
    }

    private LogSegment create(int sizeBytes) throws IOException {
        int segmentId = Math.addExact(createdSegmentId, 1);
        SegmentHeader header = new SegmentHeader(segmentId, firstSegmentId, node);
        Path spare = spares.take(sizeBytes);
        LogSegment created = spare == null
                ? LogSegment.create(files, directory, header, sizeBytes, durability)
                : LogSegment.recycle(files, directory, header, spare);
        createdSegmentId = segmentId;
        return created;
    }

    /** Makes everything appended before the call durable. An error is final: the log must not be used any more. */
    public void sync() throws IOException {
        syncLock.lock();
        try {
            long end;
            List<LogSegment> unsynced = new ArrayList<>();
            appendLock.lock();
            try {
                end = endPosition();
                for (LogSegment segment : segments) {
                    if (segment.endPosition() > syncedPosition) {
                        unsynced.add(segment);
                    }
                }
            } finally {
                appendLock.unlock();
            }
            if (syncFailed) {
                throw new IOException("an earlier sync of the log failed");
            }
            syncFailed = true;
            for (LogSegment segment : unsynced) {
                segment.sync();
            }
            syncFailed = false;
            syncedPosition = end;
        } finally {
            syncLock.unlock();
        }
    }

    /**
     * Deletes the segments before this one, or keeps them as spares. What they hold must be in SSTables, and the
     * manifest must say so durably: a spare is overwritten.
     */
    public void dropBefore(int segmentId) throws IOException {
        syncLock.lock();
        try {
            for (Map.Entry<Path, Long> dropped : takeBefore(segmentId).entrySet()) {
                if (!spares.offer(dropped.getKey(), dropped.getValue())) {
                    files.delete(dropped.getKey());
                }
            }
        } finally {
            syncLock.unlock();
        }
    }

    /** Gives the space of spares back if no segment was begun since the last call. */
    public void trim() {
        syncLock.lock();
        try {
            int lastBegun;
            appendLock.lock();
            try {
                lastBegun = active.segmentId();
            } finally {
                appendLock.unlock();
            }
            if (lastBegun == trimmedAtSegmentId) {
                deleteSpares();
            }
            trimmedAtSegmentId = lastBegun;
        } catch (IOException e) {
            // Nothing depends on it: the next opening deletes them.
            LOG.warn("Spare segments of the log in {} could not be deleted", directory, e);
        } finally {
            syncLock.unlock();
        }
    }

    private void deleteSpares() throws IOException {
        for (Path spare = spares.take(0); spare != null; spare = spares.take(0)) {
            files.delete(spare);
        }
    }

    /** The files before a segment, with their sizes, of which the log knows nothing any more. */
    private SortedMap<Path, Long> takeBefore(int segmentId) throws IOException {
        TreeMap<Path, Long> dropped = new TreeMap<>();
        appendLock.lock();
        try {
            var older = olderSegments.headMap(segmentId);
            older.forEach((id, sizeBytes) -> dropped.put(LogFormat.file(directory, id), sizeBytes));
            older.clear();
            while (segments.get(0).segmentId() < segmentId && segments.get(0) != active) {
                LogSegment segment = segments.remove(0);
                segment.close();
                dropped.put(segment.file(), segment.sizeBytes());
            }
        } finally {
            appendLock.unlock();
        }
        return dropped;
    }

    /** The oldest segment that exists. The caller holds the append lock. */
    public int oldestSegmentId() {
        return olderSegments.isEmpty() ? segments.get(0).segmentId() : olderSegments.firstKey();
    }

    /** The space that dropped segments take which wait to become new ones. */
    public long spareBytes() {
        return spares.sizeBytes();
    }

    /** The space that the log takes, without spares. The caller holds the append lock. */
    public long sizeBytes() {
        long bytes = 0;
        for (long older : olderSegments.values()) {
            bytes += older;
        }
        for (LogSegment segment : segments) {
            bytes += segment.sizeBytes();
        }
        return bytes;
    }

    /**
     * Syncs, and unless an append failed marks the end of the log as intended, so that damage before it is told from a
     * torn end. The caller sees to it that nothing is appended any more.
     */
    public void finish() throws IOException {
        sync();
        appendLock.lock();
        try {
            if (appendFailed) {
                return;
            }
            // Every segment keeps room for a mark.
            active.appendMark(FrameHeader.TYPE_CLOSED, syncedPosition);
        } finally {
            appendLock.unlock();
        }
        sync();
    }

    /** Releases the files. Syncs nothing. */
    public void release() throws IOException {
        syncLock.lock();
        appendLock.lock();
        prepareLock.lock();
        try {
            for (LogSegment segment : segments) {
                segment.close();
            }
            LogSegment unused = prepared;
            prepared = null;
            prepareRequested = false;
            if (unused != null) {
                unused.close();
                files.delete(unused.file());
            }
            deleteSpares();
        } finally {
            prepareLock.unlock();
            appendLock.unlock();
            syncLock.unlock();
        }
    }
}
