package io.kvmesh.storage;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.KvException;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.storage.log.CommitLog;
import io.kvmesh.storage.log.LogFrame;
import io.kvmesh.storage.log.LogPosition;
import io.kvmesh.storage.memtable.Memtable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a write in the engine. Safe for any thread.
 *
 * <ol>
 *   <li>It is refused while the disk is broken or too much is waiting, before it changes anything.
 *   <li>Its frame is encoded in the caller's thread.
 *   <li>Under the append lock the frame is copied into the log, and its records are merged into the map's memtable.
 *       Full memtables are set aside.
 *   <li>{@link WriteThrottle} and {@link LogSyncer} acknowledge it.
 * </ol>
 */
final class WritePath {
    /**
     * The log may grow to this many memtables or segments before a memtable that keeps it from shrinking is flushed.
     */
    private static final int LOG_RETENTION_FACTOR = 4;

    private final StorageConfig config;
    private final MapRegistry maps;
    private final CommitLog log;
    private final LogSyncer syncer;
    private final MemtableBudget budget;
    private final WriteThrottle throttle;
    private final Flusher flusher;
    private final ReadOnlyLatch latch;
    private final StorageFigures figures;
    private final ReentrantLock appendLock;
    private final Runnable ensureOpen;
    private final ThreadLocal<LogFrame> frames;
    /** The segment that the last write went to. Guarded by the append lock. */
    private int lastSegmentId;

    /** @param ensureOpen throws when the store was closed, which happens under the append lock */
    WritePath(
            StorageConfig config,
            StorageOpening opening,
            LogSyncer syncer,
            WriteThrottle throttle,
            StorageFigures figures,
            Runnable ensureOpen) {
        this.config = config;
        this.maps = opening.maps;
        this.log = opening.log;
        this.syncer = syncer;
        this.budget = opening.budget;
        this.throttle = throttle;
        this.flusher = opening.flusher;
        this.latch = opening.latch;
        this.figures = figures;
        this.appendLock = opening.appendLock;
        this.ensureOpen = ensureOpen;
        NodeId node = opening.manifest.identity().node();
        this.frames = ThreadLocal.withInitial(() -> new LogFrame(node));
    }

    /** See {@link StorageEngine#write}. */
    void write(Mutation mutation, WriteCallback callback) {
        ensureOpen.run();
        MapStore map = maps.require(mutation.map());
        KvException refusal = refusal();
        if (refusal != null) {
            callback.onFailed(refusal);
            return;
        }
        LogFrame frame = frames.get().encode(mutation.map(), mutation.key(), mutation.cell());
        Applied applied;
        appendLock.lock();
        try {
            ensureOpen.run();
            applied = apply(map, frame, mutation);
        } finally {
            appendLock.unlock();
            frame.release();
        }
        if (isTaken(applied, callback)) {
            acknowledge(map, mutation, applied, callback);
        }
    }

    /** See {@link StorageEngine#writeAll}. */
    void writeAll(List<Mutation> batch, WriteCallback callback) {
        requireBatch(batch);
        ensureOpen.run();
        MapStore map = maps.require(batch.get(0).map());
        KvException refusal = refusal();
        if (refusal != null) {
            callback.onFailed(refusal);
            return;
        }
        long bytes = 0;
        for (int i = 0; i < batch.size(); i++) {
            bytes += sizeBytes(batch.get(i));
        }
        LogFrame frame = frames.get().encodeAll(batch);
        Applied applied;
        appendLock.lock();
        try {
            ensureOpen.run();
            applied = applyAll(map, frame, batch, bytes);
        } finally {
            appendLock.unlock();
            frame.release();
        }
        if (isTaken(applied, callback)) {
            throttle.pass(bytes, () -> syncer.appended(callback, null));
        }
    }

    private static void requireBatch(List<Mutation> batch) {
        if (batch.isEmpty() || batch.size() > StorageEngine.BATCH_RECORDS_MAX) {
            throw new IllegalArgumentException("a batch has 1 to " + StorageEngine.BATCH_RECORDS_MAX + " records, not "
                    + batch.size() + "; write them in several");
        }
        for (Mutation mutation : batch) {
            if (!mutation.map().equals(batch.get(0).map())) {
                throw new IllegalArgumentException(
                        "a batch is of one map, not of " + batch.get(0).map() + " and " + mutation.map());
            }
        }
    }

    private @Nullable KvException refusal() {
        if (latch.isClosed()) {
            return latch.refusal();
        }
        if (throttle.isFull()) {
            return new OverloadedException("writes come faster than they can be written to disk; retry later");
        }
        return syncer.isFull()
                ? new OverloadedException(LogSyncer.WAITING_WRITES_MAX + " writes wait for a sync of the log")
                : null;
    }

    /**
     * What became of a write under the append lock.
     *
     * @param present the cell that won over the one written, if there is one
     */
    private record Applied(
            @Nullable KvException failure, @Nullable Cell present, boolean flushNeeded) {
        private static final Applied CLEAN = new Applied(null, null, false);
    }

    private Applied apply(MapStore map, LogFrame frame, Mutation mutation) {
        Applied failed = append(frame, sizeBytes(mutation));
        if (failed != null) {
            return failed;
        }
        Cell present = map.put(mutation.key(), mutation.cell(), log.endPosition());
        boolean flushNeeded = setAside();
        return present == null && !flushNeeded ? Applied.CLEAN : new Applied(null, present, flushNeeded);
    }

    private Applied applyAll(MapStore map, LogFrame frame, List<Mutation> batch, long bytes) {
        Applied failed = append(frame, bytes);
        if (failed != null) {
            return failed;
        }
        long position = log.endPosition();
        for (int i = 0; i < batch.size(); i++) {
            map.put(batch.get(i).key(), batch.get(i).cell(), position);
        }
        // Not between two of them: what is set aside has all of the log up to its end, and a frame has one end.
        boolean flushNeeded = setAside();
        return flushNeeded ? new Applied(null, null, true) : Applied.CLEAN;
    }

    /** Why the frame is not in the log; null if it is. */
    private @Nullable Applied append(LogFrame frame, long bytes) {
        if (budget.isExhausted()) {
            rotateIfPassed();
            String text = "memtables of " + budget.totalBytes() + " bytes wait to be written to disk, of which "
                    + budget.boundBytes() + " are allowed; retry later";
            return new Applied(new OverloadedException(text), null, true);
        }
        int logBytes;
        try {
            logBytes = log.append(frame);
        } catch (IOException e) {
            return new Applied(latch.close("appending to the commit log", e), null, false);
        }
        figures.written(bytes, logBytes);
        return null;
    }

    /** Sets memtables aside that are full, or keep the log long. True if some are to be flushed now. */
    private boolean setAside() {
        boolean flushNeeded = rotateIfPassed();
        int segmentId = LogPosition.segmentId(log.endPosition());
        if (segmentId != lastSegmentId) {
            lastSegmentId = segmentId;
            flushNeeded |= shortenLog();
        }
        return flushNeeded;
    }

    /** Whether a memtable was set aside. */
    private boolean rotateIfPassed() {
        MapStore largest = budget.isPassed() ? maps.largestToRotate() : null;
        if (largest == null) {
            return false;
        }
        largest.rotate(log.endPosition());
        return true;
    }

    /** Sets the memtables aside that keep a log that grew too long from shrinking. */
    private boolean shortenLog() {
        long bytesMax = LOG_RETENTION_FACTOR * Math.max(config.memtableBytes(), config.logSegmentBytes());
        if (log.sizeBytes() <= bytesMax) {
            return false;
        }
        for (MapStore map : maps.all()) {
            Memtable active = map.view().active();
            if (LogPosition.segmentId(active.firstPosition()) == log.oldestSegmentId() && map.canRotate()) {
                map.rotate(log.endPosition());
            }
        }
        return true;
    }

    /** Begins a flush that is due. False if the write failed, which its caller is told. */
    private boolean isTaken(Applied applied, WriteCallback callback) {
        if (applied.flushNeeded()) {
            flusher.schedule();
        }
        if (applied.failure() != null) {
            callback.onFailed(applied.failure());
            return false;
        }
        return true;
    }

    private void acknowledge(MapStore map, Mutation mutation, Applied applied, WriteCallback callback) {
        Version newer;
        try {
            newer = map.newerThan(mutation.key(), mutation.cell(), applied.present());
        } catch (KvException e) {
            // The write is in the log, but what it met cannot be told, and the caller may depend on it.
            callback.onFailed(new CorruptDataException(
                    "the write is stored, but not what it met: " + e.getMessage(), KvException.Outcome.UNKNOWN, e));
            return;
        }
        // Acknowledged after the append: the caller counts this as a durable replica.
        throttle.pass(sizeBytes(mutation), () -> syncer.appended(callback, newer));
    }

    private static long sizeBytes(Mutation mutation) {
        Cell cell = mutation.cell();
        return mutation.key().length() + (cell.isTombstone() ? 0L : cell.value().length);
    }
}
