package io.kvmesh.storage;

import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.StoreReadOnlyException;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.log.CommitLog;
import io.kvmesh.storage.log.LogPosition;
import io.kvmesh.storage.memtable.Memtable;
import io.kvmesh.storage.memtable.MemtableScan;
import io.kvmesh.storage.sstable.BlockCache;
import io.kvmesh.storage.sstable.TableReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes waiting memtables to SSTables, one at a time, on the flush lane or in the thread of who asks. Safe for any
 * thread.
 *
 * <ol>
 *   <li>{@link TableSink} writes the table under a temporary name, syncs and renames it, and syncs its directory.
 *   <li>One edit of the manifest adds the table and moves the map's flushed position.
 *   <li>The table takes the memtable's place for readers.
 *   <li>When older log segments are needed by no map any more, the manifest says so, and they are deleted.
 * </ol>
 *
 * Before step 2 nothing is lost when it fails: memtable and log are still there.
 */
final class Flusher {
    /** A map has too many memtables that wait. */
    private static final long NOT_SET_ASIDE = -1;

    private final FileSystem files;
    private final Scheduler scheduler;
    private final TableFiles tableFiles;
    private final BlockCache cache;
    private final Manifest manifest;
    private final MapRegistry maps;
    private final ReadOnlyLatch latch;
    private final ReentrantLock appendLock;
    private final ReentrantLock flushLock = new ReentrantLock();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final LongAdder flushes = new LongAdder();
    private final LongAdder flushedBytes = new LongAdder();
    private final Runnable whenFlushed;
    /** Tells a running flush to end early. */
    private volatile boolean closing;
    /** Guarded by the flush lock. */
    private boolean closed;
    /** Absent while the log is recovered, when no segment may be dropped yet. */
    private volatile @Nullable CommitLog log;

    Flusher(
            FileSystem files,
            Scheduler scheduler,
            StorageConfig config,
            BlockCache cache,
            Manifest manifest,
            MapRegistry maps,
            ReadOnlyLatch latch,
            ReentrantLock appendLock,
            Runnable whenFlushed) {
        this.files = files;
        this.scheduler = scheduler;
        this.tableFiles = TableFiles.in(config.directory());
        this.cache = cache;
        this.manifest = manifest;
        this.maps = maps;
        this.latch = latch;
        this.appendLock = appendLock;
        this.whenFlushed = whenFlushed;
    }

    /** From now on log segments are dropped when no map needs them. */
    void attach(CommitLog started) {
        log = started;
    }

    /** Sees to it that waiting memtables are flushed soon. */
    void schedule() {
        if (scheduled.compareAndSet(false, true) && !scheduler.offer(Lane.FLUSH, this::run)) {
            scheduler.schedule(Lane.FLUSH, 0, this::run);
        }
    }

    private void run() {
        scheduled.set(false);
        if (latch.isClosed() || closing) {
            return;
        }
        try {
            flushWaiting();
        } catch (StoreReadOnlyException | StoreClosedException e) {
            // The store knows already, and the memtables are still in the log for the next opening.
            Invariants.check(latch.isClosed() || closing, "a flush ended early without reason");
        }
    }

    /**
     * Writes all memtables that wait, in the calling thread, and drops the log that is then not needed.
     *
     * @throws StoreReadOnlyException if that fails, or failed before
     */
    void flushWaiting() {
        flushWaiting(Long.MAX_VALUE);
    }

    /** As {@link #flushWaiting()}, but only memtables that end at this position of the log or before. */
    private void flushWaiting(long positionMax) {
        flushLock.lock();
        try {
            if (closed) {
                throw new StoreClosedException("the store was closed");
            }
            StoreReadOnlyException refusal = latch.refusal();
            if (refusal != null) {
                throw refusal;
            }
            flushAll(positionMax);
        } catch (StoreReadOnlyException | StoreClosedException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw latch.close("writing a memtable to disk", e);
        } finally {
            flushLock.unlock();
        }
    }

    private void flushAll(long positionMax) throws IOException {
        for (MapStore map : maps.all()) {
            List<Memtable> waiting = map.view().waiting();
            for (int i = waiting.size() - 1; i >= 0; i--) {
                if (waiting.get(i).sealedPosition() <= positionMax) {
                    flush(map, waiting.get(i));
                }
            }
        }
        dropLog();
    }

    /**
     * Writes all that the memtables of all maps hold to tables, and then looks at these before anything later is added:
     * what they hold is what the log held at one position.
     */
    <T> T flushAllThen(Supplier<T> look) {
        flushLock.lock();
        try {
            long position = setAllAside();
            while (position == NOT_SET_ASIDE) {
                flushWaiting();
                position = setAllAside();
            }
            flushWaiting(position);
            return look.get();
        } finally {
            flushLock.unlock();
        }
    }

    /** The log position at which the memtables of all maps were set aside together, if they could be. */
    private long setAllAside() {
        CommitLog present = Objects.requireNonNull(log);
        appendLock.lock();
        try {
            for (MapStore map : maps.all()) {
                if (!map.view().active().isEmpty() && !map.canRotate()) {
                    return NOT_SET_ASIDE;
                }
            }
            long position = present.endPosition();
            maps.all().stream().filter(MapStore::canRotate).forEach(map -> map.rotate(position));
            return position;
        } finally {
            appendLock.unlock();
        }
    }

    private void flush(MapStore map, Memtable memtable) throws IOException {
        TableReader table = writeTable(map, memtable);
        boolean added = false;
        try {
            List<ManifestItem> items = new ArrayList<>(ManifestItem.added(table));
            items.add(new ManifestItem.Flushed(map.descriptor().id(), memtable.sealedPosition()));
            manifest.edit(items);
            added = true;
        } finally {
            if (!added) {
                // The file stays: whether the manifest has it is not known.
                table.release();
            }
        }
        appendLock.lock();
        try {
            map.flushed(memtable, table);
        } finally {
            appendLock.unlock();
        }
        flushes.increment();
        flushedBytes.add(table.sizeBytes());
        whenFlushed.run();
    }

    private TableReader writeTable(MapStore map, Memtable memtable) throws IOException {
        TableSink sink = new TableSink(
                files,
                tableFiles,
                manifest,
                cache,
                map.tableOptions(),
                map.descriptor().id());
        try {
            MemtableScan records = memtable.scanBeforeRelease();
            while (records.next()) {
                if (closing) {
                    throw new StoreClosedException("the store was closed during a flush");
                }
                sink.add(records.record());
            }
            return sink.finish().get(0);
        } catch (IOException | RuntimeException e) {
            sink.discard(e);
            throw e;
        }
    }

    /** Drops the log segments that no memtable needs. */
    private void dropLog() throws IOException {
        CommitLog present = log;
        if (present == null) {
            return;
        }
        int floor;
        appendLock.lock();
        try {
            long needed = present.endPosition();
            for (MapStore map : maps.all()) {
                needed = Math.min(needed, map.oldestNeededPosition());
            }
            floor = LogPosition.segmentId(needed);
            if (floor <= present.oldestSegmentId()) {
                return;
            }
        } finally {
            appendLock.unlock();
        }
        manifest.edit(new ManifestItem.LogFloor(floor));
        present.dropBefore(floor);
    }

    long flushes() {
        return flushes.sum();
    }

    long flushedBytes() {
        return flushedBytes.sum();
    }

    /** Ends a running flush early and waits for it; later ones end at once. */
    void close() {
        closing = true;
        flushLock.lock();
        try {
            closed = true;
        } finally {
            flushLock.unlock();
        }
    }
}
