package io.kvmesh.storage;

import io.kvmesh.api.Compaction;
import io.kvmesh.api.Compression;
import io.kvmesh.api.MapSpecMismatchException;
import io.kvmesh.api.StorageInfo;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.StoreException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.FileLock;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.log.CommitLog;
import io.kvmesh.storage.sstable.TableOptions;
import io.kvmesh.storage.sstable.TableReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The LSM engine of one member. Safe for any thread.
 *
 * <ol>
 *   <li>A write goes {@link WritePath} into the commit log and its map's memtable, and is acknowledged according to the
 *       durability setting.
 *   <li>A full memtable is set aside and a new one takes its place; {@link Flusher} writes it to an SSTable and drops
 *       the log that is not needed any more.
 *   <li>A read takes the snapshot of its map and asks the memtables, then the tables that may hold something newer. It
 *       takes no lock.
 * </ol>
 *
 * When flushing or merging falls behind, {@link WriteThrottle} holds acknowledgements back.
 *
 * <p>Locks are taken in this order: flush, merge, choice of merges, manifest, log sync, append, log preparation.
 */
public final class StorageEngine implements AutoCloseable {
    /** How many keys {@link #readAll} looks up at once. */
    public static final int READ_KEYS_MAX = 10_000;

    /** How many records {@link #writeAll} takes at once; other writers wait meanwhile. */
    public static final int BATCH_RECORDS_MAX = 1_000;

    /** What {@link #readResident} returns when the answer needs the disk. */
    public static final Cell NEEDS_DISK = Cell.tombstone(new Version(Long.MIN_VALUE, new NodeId(0)));

    private final StorageConfig config;
    private final Manifest manifest;
    private final NodeId nodeId;
    private final long generation;
    private final MapRegistry maps;
    private final MapChoices choices;
    private final CommitLog log;
    private final LogSyncer syncer;
    private final WriteThrottle throttle;
    private final Flusher flusher;
    private final Compactor compactor;
    private final Damages damages;
    private final ReadOnlyLatch latch;
    private final FileLock lock;
    private final ReentrantLock appendLock;
    private final StorageOpening opening;
    private final StoreCopies copies;
    private final StorageFigures figures;
    private final WritePath writes;
    private final Object mapCreation = new Object();
    private final Object closing = new Object();
    private volatile boolean closed;

    private StorageEngine(
            StorageConfig config, FileSystem files, Clock clock, Scheduler scheduler, StorageOpening opening) {
        this.config = config;
        this.opening = opening;
        this.manifest = opening.manifest;
        this.nodeId = manifest.identity().node();
        this.generation = manifest.generation();
        this.maps = opening.maps;
        this.choices = new MapChoices(manifest, opening.latch);
        this.log = opening.log;
        this.flusher = opening.flusher;
        this.compactor = opening.compactor;
        this.latch = opening.latch;
        this.lock = opening.lock;
        this.appendLock = opening.appendLock;
        this.damages = new Damages(files, config, opening, this::flush);
        this.syncer = new LogSyncer(log, scheduler, latch, config.durability(), config.syncIntervalNanos());
        this.throttle = new WriteThrottle(clock, scheduler, List.of(opening.budget, compactor.pressure()));
        this.copies = opening.copies(this::ensureOpen);
        this.figures = new StorageFigures(clock, opening, throttle, damages);
        this.writes = new WritePath(config, opening, syncer, throttle, figures, this::ensureOpen);
    }

    /** Whether {@link #readResident} answered that the disk is needed. */
    @SuppressWarnings("ReferenceEquality") // the answer is this very object, not one like it
    public static boolean needsDisk(@Nullable Cell cell) {
        return cell == NEEDS_DISK;
    }

    /** Whether {@link #readVersionResident} answered that the disk is needed. */
    @SuppressWarnings("ReferenceEquality") // as above
    public static boolean needsDisk(@Nullable Version version) {
        return version == NEEDS_DISK.version();
    }

    /**
     * Opens the directory, creating it if it is missing, and recovers what it holds.
     *
     * @throws io.kvmesh.api.DirectoryLockedException if another store has it open
     * @throws io.kvmesh.api.CorruptDataException if what it holds is damaged beyond a torn end of the log
     * @throws io.kvmesh.api.StoreException if it cannot be opened for another reason
     */
    public static StorageEngine open(
            StorageConfig config, FileSystem files, Clock clock, Scheduler scheduler, RandomSource random) {
        StorageOpening opening = new StorageOpening(config, files, clock, scheduler, random);
        StorageEngine engine = new StorageEngine(config, files, clock, scheduler, opening);
        if (opening.flushAdvised) {
            engine.rotateAll();
        }
        // Also without full memtables: the log of the openings before may not be needed.
        engine.flusher.schedule();
        engine.compactor.schedule();
        return engine;
    }

    /** This member's identity, drawn when the directory was created. */
    public NodeId nodeId() {
        return nodeId;
    }

    /** Grows with every opening of the directory, durably. */
    public long generation() {
        return generation;
    }

    /** The greatest stamp of anything stored, or 0. */
    public long timestampMicrosMax() {
        ensureOpen();
        return maps.all().stream().mapToLong(MapStore::timestampMicrosMax).max().orElse(0);
    }

    /** All maps, ordered by identity. */
    public List<MapDescriptor> maps() {
        ensureOpen();
        return maps.all().stream().map(MapStore::descriptor).toList();
    }

    public @Nullable MapDescriptor map(MapId map) {
        ensureOpen();
        MapStore store = maps.find(map);
        return store == null ? null : store.descriptor();
    }

    /**
     * Creates a map durably. No effect if it exists with the same descriptor.
     *
     * @throws io.kvmesh.api.MapSpecMismatchException if it exists with another one
     */
    public void createMap(MapDescriptor map) {
        synchronized (mapCreation) {
            ensureOpen();
            MapStore present = maps.find(map.id());
            if (present != null) {
                requireSame(present.descriptor(), map);
                return;
            }
            choices.state(new ManifestItem.MapCreated(map), "the map '" + map.name() + "'");
            // After the edit: a record in the log must belong to a map that recovery knows.
            opening.addMap(map, List.of());
        }
    }

    /** Chooses durably how the tables of a map are merged. No effect if that is how it is. */
    public void chooseCompaction(MapId map, Compaction policy) {
        synchronized (mapCreation) {
            ensureOpen();
            choices.compaction(require(map), policy);
        }
        compactor.schedule();
    }

    /**
     * Chooses durably how the tables of a map are written from now on; what is empty stays as it is.
     *
     * @throws StoreException if the library of the compression is missing
     */
    public void chooseTables(MapId map, Optional<Compression> compression, OptionalInt bloomBitsPerKey) {
        synchronized (mapCreation) {
            ensureOpen();
            choices.tables(require(map), compression, bloomBitsPerKey);
        }
    }

    /** How the tables of a map are written from now on. */
    public TableOptions tableOptions(MapId map) {
        ensureOpen();
        return require(map).tableOptions();
    }

    /** From where merges learn which deletions all replicas have; until then they remember all. */
    public void repairedUntil(RepairedUntil source) {
        compactor.repairedUntil(source);
    }

    /**
     * Looks after what makes no event of its own; to be called now and then. Merges begin soon that are due since
     * something expired or grew old, and a log that rests gives back space.
     */
    public void compact() {
        ensureOpen();
        compactor.schedule();
        log.trim();
    }

    /** As {@link #dropPartitions(BitSet)}, of the partitions from a first to a last one. */
    public void dropPartitions(int first, int last) {
        if (first < 0 || first > last || last >= config.partitions()) {
            throw new IllegalArgumentException("partitions " + first + " to " + last + " are not a range of the "
                    + config.partitions() + " partitions");
        }
        BitSet range = new BitSet();
        range.set(first, last + 1);
        dropPartitions(range);
    }

    /**
     * Removes all that is stored of some partitions, of all maps, and returns when that is durable. Takes as long as
     * rewriting the tables that have other partitions, too. The caller sees to it that nobody writes to these
     * partitions meanwhile; what is written to them afterwards is kept. One that fails, or is cut short by a crash, may
     * have removed some of it, and is to be repeated. Damage is no obstacle: what of it was in these partitions is
     * forgotten, and of the others nothing is answered that it may hide, as before, until it is repaired.
     *
     * @throws StoreException if that fails
     * @throws StoreReadOnlyException if the disk failed, now or before
     */
    public void dropPartitions(BitSet partitions) {
        ensureOpen();
        if (partitions.isEmpty() || partitions.length() > config.partitions()) {
            throw new IllegalArgumentException(
                    "partitions " + partitions + " are not some of the " + config.partitions() + " partitions");
        }
        flush();
        try {
            DroppedPartitions dropped = new DroppedPartitions(partitions, config.partitions());
            compactor.drop(dropped);
            damages.forget(dropped);
        } catch (IOException e) {
            throw new StoreException("dropping partitions " + partitions + " failed: " + e, e);
        }
    }

    /** Whether no merge of tables runs, and none is due. */
    public boolean isCompacted() {
        ensureOpen();
        return compactor.isSettled();
    }

    private static void requireSame(MapDescriptor present, MapDescriptor asked) {
        if (!present.equals(asked)) {
            throw new MapSpecMismatchException("the map '" + asked.name() + "' exists as " + present
                    + " and cannot be used as " + asked + ": use its codecs, or another name");
        }
    }

    /** Appends to the log and applies to the memtable; the map must exist. */
    public void write(Mutation mutation, WriteCallback callback) {
        writes.write(mutation, callback);
    }

    /**
     * Writes at most {@link #BATCH_RECORDS_MAX} records of one map, in their order, with one frame of the log and one
     * callback for all, which is not told what the keys had already, as damage may hide that.
     *
     * <p>Either all are refused before anything is written, or all are taken. Acknowledged, all are as durable as
     * single writes. Otherwise none or some of them may be there after a crash, and readers may see the first ones
     * before the last: each applies by itself.
     */
    public void writeAll(List<Mutation> batch, WriteCallback callback) {
        writes.writeAll(batch, callback);
    }

    /** The newest cell of a key, which may be a tombstone or expired; null if there is none. May read the disk. */
    public @Nullable Cell read(MapId map, Key key) {
        ensureOpen();
        return require(map).read(key, false);
    }

    /**
     * As {@link #read}, but returns {@link #NEEDS_DISK} where it would have to read the disk. Never blocks for long.
     */
    public @Nullable Cell readResident(MapId map, Key key) {
        ensureOpen();
        Cell found = require(map).read(key, true);
        return TableReader.isNotResident(found) ? NEEDS_DISK : found;
    }

    /** The version of the cell that {@link #read} returns, without a copy of its value. May read the disk. */
    public @Nullable Version readVersion(MapId map, Key key) {
        ensureOpen();
        return require(map).readVersion(key, false);
    }

    /**
     * As {@link #readVersion}, but returns one that {@link #needsDisk} tells where it would have to read the disk.
     * Never blocks for long.
     */
    public @Nullable Version readVersionResident(MapId map, Key key) {
        ensureOpen();
        Version found = require(map).readVersion(key, true);
        return TableReader.isNotResident(found) ? NEEDS_DISK.version() : found;
    }

    /**
     * As {@link #read} of each of at most {@link #READ_KEYS_MAX} keys, in their order. Each block is read once for all
     * of them. May read the disk.
     */
    public @Nullable Cell[] readAll(MapId map, List<Key> keys) {
        ensureOpen();
        if (keys.size() > READ_KEYS_MAX) {
            throw new IllegalArgumentException(
                    keys.size() + " keys are over the limit of " + READ_KEYS_MAX + " for one call; ask for fewer");
        }
        return require(map).readAll(keys);
    }

    /** Walks keys from one (inclusive) to another (exclusive; null for the end of the map). */
    public CellCursor scan(MapId map, Key from, @Nullable Key to) {
        ensureOpen();
        requireRange(from, to);
        return require(map).scan(from, to);
    }

    /**
     * As {@link #scan}, of what can be read: keys that were in tables that are lost may be missing, or have an older
     * cell. For another replica that wants whatever there is, not for an answer to a caller.
     */
    public CellCursor scanDespiteLosses(MapId map, Key from, @Nullable Key to) {
        ensureOpen();
        requireRange(from, to);
        return require(map).scanDespiteLosses(from, to);
    }

    /** As {@link #scan}, the greatest key first. */
    public CellCursor scanReverse(MapId map, Key from, @Nullable Key to) {
        ensureOpen();
        requireRange(from, to);
        return require(map).scanReverse(from, to);
    }

    private static void requireRange(Key from, @Nullable Key to) {
        if (to != null && from.compareTo(to) > 0) {
            throw new IllegalArgumentException("a scan from " + from + " cannot end before it, at " + to);
        }
    }

    /** Writes all memtables to SSTables and returns when that is done. */
    public void flush() {
        ensureOpen();
        flusher.flushWaiting();
        rotateAll();
        flusher.flushWaiting();
    }

    /**
     * Returns when all that was written before is on stable storage.
     *
     * @throws StoreException if the disk failed, now or before
     */
    public void sync() {
        ensureOpen();
        if (opening.flushAdvised) {
            // What was recovered from the log of a process that crashed may not be on stable storage but by a flush.
            flusher.flushWaiting();
        }
        syncer.syncNow();
    }

    /** Snapshots and backups of this store. */
    public StoreCopies copies() {
        ensureOpen();
        return copies;
    }

    private void rotateAll() {
        appendLock.lock();
        try {
            for (MapStore map : maps.all()) {
                if (map.canRotate()) {
                    map.rotate(log.endPosition());
                }
            }
        } finally {
            appendLock.unlock();
        }
    }

    /** What of the tables cannot be read, and its repair. */
    public Damages damages() {
        return damages;
    }

    /** Why the engine takes no writes any more; empty while it does. */
    public Optional<String> readOnlyReason() {
        return latch.reason();
    }

    public StorageInfo info() {
        ensureOpen();
        return figures.info();
    }

    private MapStore require(MapId map) {
        return maps.require(map);
    }

    private void ensureOpen() {
        if (closed) {
            throw new StoreClosedException("the store in " + config.directory() + " was closed");
        }
    }

    /** Syncs the log and releases the directory. Idempotent. */
    @Override
    public void close() {
        synchronized (closing) {
            if (closed) {
                return;
            }
            refuseFurtherCalls();
            List<Exception> failures = new ArrayList<>();
            if (opening.flushAdvised && !latch.isClosed()) {
                // What was recovered after a crash may not be on stable storage in the old log. A sync of the new log
                // does not change that, only its flush does.
                attempt(failures, flusher::flushWaiting);
            }
            flusher.close();
            attempt(failures, throttle::close);
            attempt(failures, damages::close);
            attempt(failures, compactor::close);
            attempt(failures, syncer::close);
            attempt(failures, log::finish);
            attempt(failures, log::release);
            for (MapStore map : maps.all()) {
                map.view().tables().forEach(table -> attempt(failures, table::release));
            }
            attempt(failures, manifest::close);
            attempt(failures, lock::close);
            report(failures);
        }
    }

    private void refuseFurtherCalls() {
        synchronized (mapCreation) {
            appendLock.lock();
            try {
                // Under the append lock: whoever appended before is covered by the sync that follows.
                closed = true;
            } finally {
                appendLock.unlock();
            }
        }
    }

    /** A step of closing, after whose failure the others still have to be done. */
    private interface ClosingStep {
        void run() throws IOException;
    }

    private static void attempt(List<Exception> failures, ClosingStep step) {
        try {
            step.run();
        } catch (IOException | RuntimeException e) {
            failures.add(e);
        }
    }

    private void report(List<Exception> failures) {
        if (failures.isEmpty() || latch.isClosed()) {
            // A store whose disk failed told so when it failed, and cannot close better than this.
            return;
        }
        StoreException failure =
                new StoreException("closing the store in " + config.directory() + " failed: " + failures.get(0));
        failures.forEach(failure::addSuppressed);
        throw failure;
    }
}
