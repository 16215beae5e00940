package io.kvmesh.storage;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.DirectoryLockedException;
import io.kvmesh.api.StoreException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.DurableDirectories;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.FileLock;
import io.kvmesh.runtime.FileSystem.FileLockedException;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.log.CommitLog;
import io.kvmesh.storage.log.LogRecovery;
import io.kvmesh.storage.memtable.Memtable;
import io.kvmesh.storage.sstable.BlockCache;
import io.kvmesh.storage.sstable.TableOptions;
import io.kvmesh.storage.sstable.TableReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a directory and recovers what it holds. Used by one thread, once.
 *
 * <ol>
 *   <li>Create and lock the directory.
 *   <li>Read the manifest, or draw an identity if there is none, and start the next manifest.
 *   <li>Open the SSTables that the manifest names and delete what it does not name.
 *   <li>Replay the log behind each map's flushed position into memtables, flushing those that are full.
 *   <li>Start a new log segment.
 * </ol>
 */
final class StorageOpening {
    private static final Logger LOG = LoggerFactory.getLogger(StorageOpening.class);
    private static final long PROGRESS_INTERVAL_NANOS = 2_000_000_000L;

    private final StorageConfig config;
    private final FileSystem files;
    private final Clock clock;
    private final Scheduler scheduler;
    private final TableFiles tableFiles;
    private final Path logDirectory;
    private final TableOpening tableOpening;
    final BlockCache cache;

    final ReentrantLock appendLock = new ReentrantLock();
    final ReadOnlyLatch latch = new ReadOnlyLatch();
    final MapRegistry maps = new MapRegistry();
    final MemtableBudget budget;
    final ReadCounts readCounts = new ReadCounts();
    final FileLock lock;
    final Manifest manifest;
    final Flusher flusher;
    final Compactor compactor;
    final CommitLog log;
    /** Whether what was recovered from the log should soon be in SSTables. */
    final boolean flushAdvised;

    /** What to release, in this order, if the opening fails half-way. */
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    /** Whether the maps have their tables. */
    private boolean registered;

    /** How many segments of earlier openings are kept before their records are flushed. */
    private static final int OLDER_SEGMENTS_MAX = 8;

    StorageOpening(StorageConfig config, FileSystem files, Clock clock, Scheduler scheduler, RandomSource random) {
        this.config = config;
        this.files = files;
        this.clock = clock;
        this.scheduler = scheduler;
        this.tableFiles = TableFiles.in(config.directory());
        this.logDirectory = config.directory().resolve("log");
        this.cache = new BlockCache(config.blockCacheBytes(), config.blockBytes());
        this.tableOpening = new TableOpening(files, config, cache);
        this.budget = new MemtableBudget(config.memtableBytes());
        boolean complete = false;
        try {
            DurableDirectories.create(files, config.directory());
            lock = take();
            opened.push(lock);
            // Made durable together with the manifest, which is in the same directory.
            files.createDirectories(tableFiles.directory());
            files.createDirectories(logDirectory);
            manifest = openManifest(random);
            opened.push(manifest);
            compactor = new Compactor(files, clock, scheduler, config, cache, manifest, maps, latch, appendLock);
            flusher = new Flusher(
                    files, scheduler, config, cache, manifest, maps, latch, appendLock, compactor::schedule);
            openMaps();
            LogRecovery recovery = replay();
            log = startLog(recovery);
            flusher.attach(log);
            flushAdvised = !recovery.finishedInOrder() || recovery.segments().size() > OLDER_SEGMENTS_MAX;
            complete = true;
        } catch (IOException e) {
            throw new StoreException("the directory " + config.directory() + " cannot be opened: " + e, e);
        } finally {
            if (!complete) {
                releaseAll();
            }
        }
    }

    private FileLock take() throws IOException {
        try {
            return files.lock(config.directory().resolve("LOCK"));
        } catch (FileLockedException e) {
            throw new DirectoryLockedException(
                    "the directory " + config.directory()
                            + " is open in another store, of this process or another one: close that store, or use"
                            + " another directory (" + e.getMessage() + ")",
                    e);
        }
    }

    private Manifest openManifest(RandomSource random) throws IOException {
        long number = Manifest.currentNumber(files, config.directory());
        ManifestState state;
        if (number == 0) {
            requireNoData(tableFiles.directory());
            requireNoData(logDirectory);
            state = Manifest.fresh(drawIdentity(random), config.partitions());
        } else {
            state = tableOpening.load(() -> Manifest.load(files, config.directory(), number));
            if (state.logFloor() > 1) {
                // Before anything is written, as for tables: the next opening may read the manifest right.
                LogRecovery.requireSegment(files, logDirectory, state.logFloor());
            }
        }
        int stored = state.identity().partitions();
        if (stored != config.partitions()) {
            throw new StoreException("the directory " + config.directory() + " was created with " + stored
                    + " partitions and cannot be opened with " + config.partitions()
                    + ": the number is fixed for ever; open it with " + stored);
        }
        return Manifest.start(files, config.directory(), state, number);
    }

    private void requireNoData(Path directory) throws IOException {
        if (!files.list(directory).isEmpty()) {
            throw new CorruptDataException("the directory " + config.directory() + " has files in " + directory
                    + " but no file " + ManifestFormat.CURRENT + ": it is damaged, restore it from a backup");
        }
    }

    private static NodeId drawIdentity(RandomSource random) {
        long value = random.nextLong();
        while (value == 0) {
            value = random.nextLong();
        }
        return new NodeId(value);
    }

    private void openMaps() throws IOException {
        Map<MapId, List<TableReader>> tables = tableOpening.open(manifest);
        for (MapDescriptor map : manifest.maps()) {
            addMap(map, tables.getOrDefault(map.id(), List.of()));
            tables.remove(map.id());
        }
        if (!tables.isEmpty()) {
            throw new CorruptDataException("the manifest of " + config.directory() + " names SSTables of the maps "
                    + tables.keySet() + ", which it does not know");
        }
        registered = true;
    }

    MapStore addMap(MapDescriptor map, List<TableReader> tables) {
        List<LostTable> lost = manifest.lostTables().stream()
                .filter(table -> table.map().equals(map.id()))
                .toList();
        MapView view = MapView.of(new Memtable(budget.pool()), tables, lost);
        TableOptions options = manifest.tableOptions(map.id(), config.blockBytes());
        // Before the first flush or merge, whose failure would end all writes.
        options.requireLibrary("the map '" + map.name() + "' in " + config.directory());
        MapStore store = new MapStore(map, view, manifest.policy(map.id()), options, budget, readCounts);
        maps.add(store);
        return store;
    }

    private LogRecovery replay() throws IOException {
        Replay replay = new Replay();
        LogRecovery recovery =
                new LogRecovery(files, logDirectory, manifest.identity().node(), replay);
        // A map is created only after the opening has started its log.
        boolean written = manifest.logFloor() > 1 || !manifest.maps().isEmpty();
        recovery.replay(manifest.logFloor(), written);
        return recovery;
    }

    private CommitLog startLog(LogRecovery recovery) throws IOException {
        return new CommitLog(
                files,
                scheduler,
                logDirectory,
                manifest.identity().node(),
                config.logSegmentBytes(),
                config.durability(),
                appendLock,
                recovery.segments(),
                recovery.nextSegmentId(manifest.logFloor()));
    }

    /** Snapshots and backups of the store that is being opened. */
    StoreCopies copies(Runnable ensureOpen) {
        StoreCopies copies = new StoreCopies(
                files, clock, config.directory(), () -> StorePoint.take(flusher, manifest, maps), ensureOpen);
        copies.snapshots().deleteUnfinished();
        return copies;
    }

    private void releaseAll() {
        if (registered) {
            maps.all().forEach(map -> map.view().tables().forEach(table -> opened.push(table::release)));
        } else {
            tableOpening.opened().forEach(table -> opened.push(table::release));
        }
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                LOG.warn("Releasing a file of {} after its opening failed", config.directory(), e);
            }
        }
    }

    /** Applies records of the log to memtables. */
    private final class Replay implements LogRecovery.LogSink {
        private final long startedNanos = clock.monotonicNanos();
        private long reportedNanos = startedNanos;

        @Override
        public void accept(MapId map, Key key, Cell cell, long endPosition) throws IOException {
            MapStore store = maps.find(map);
            if (store == null) {
                throw new CorruptDataException("the log in " + logDirectory + " holds a record of the map " + map
                        + ", which the manifest does not know");
            }
            if (endPosition <= manifest.flushedPosition(map)) {
                return;
            }
            store.put(key, cell, endPosition);
            MapStore largest = budget.isPassed() ? maps.largestToRotate() : null;
            if (largest != null) {
                largest.rotate(endPosition);
                flusher.flushWaiting();
            }
        }

        @Override
        public void progress(long bytesDone, long bytesTotal) {
            long nowNanos = clock.monotonicNanos();
            if (nowNanos - reportedNanos >= PROGRESS_INTERVAL_NANOS) {
                reportedNanos = nowNanos;
                LOG.info(
                        "Recovering {}: {} of {} MB of the log after {} s",
                        config.directory(),
                        bytesDone >> 20,
                        bytesTotal >> 20,
                        (nowNanos - startedNanos) / 1_000_000_000L);
            }
        }
    }
}
