package io.kvmesh.storage;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.StoreException;
import io.kvmesh.api.StoreReadOnlyException;
import io.kvmesh.model.KeySpan;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.storage.log.CommitLog;
import io.kvmesh.storage.sstable.BlockCache;
import io.kvmesh.storage.sstable.TableReader;
import io.kvmesh.storage.sstable.TableSalvage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The damaged tables of a store, and their replacement. Safe for any thread; calls that read or write files are one
 * after the other.
 *
 * <p>As long as a table is damaged, reads of keys that it may hide fail, and are answered by other replicas. So whoever
 * repairs it asks {@link #spans}, writes all that the other replicas have of these keys to this store, and only then
 * calls {@link #replace}, which leaves out what cannot be read.
 */
public final class Damages {
    private static final Logger LOG = LoggerFactory.getLogger(Damages.class);

    private final FileSystem files;
    private final StorageConfig config;
    private final TableFiles tableFiles;
    private final Quarantine quarantine;
    private final BlockCache cache;
    private final Manifest manifest;
    private final MapRegistry maps;
    private final ReadOnlyLatch latch;
    private final ReentrantLock appendLock;
    private final Compactor compactor;
    private final CommitLog log;
    private final Runnable flush;
    /** Taken before the locks of flushes and merges. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile boolean closing;
    /** Guarded by the lock. */
    private boolean closed;

    /** @param flush writes memtables to tables, and returns when that is done */
    Damages(FileSystem files, StorageConfig config, StorageOpening opening, Runnable flush) {
        this.files = files;
        this.config = config;
        this.tableFiles = TableFiles.in(config.directory());
        this.quarantine = new Quarantine(files, config.directory());
        this.cache = opening.cache;
        this.manifest = opening.manifest;
        this.maps = opening.maps;
        this.latch = opening.latch;
        this.appendLock = opening.appendLock;
        this.compactor = opening.compactor;
        this.log = opening.log;
        this.flush = flush;
    }

    /** What is known to be damaged: blocks that nobody read since they were hurt are not. */
    public List<Damage> all() {
        List<Damage> damages = new ArrayList<>();
        for (MapStore map : maps.all()) {
            MapView view = map.view();
            for (LostTable lost : view.lost()) {
                damages.add(new Damage(lost.map(), lost.tableId(), lost.reason()));
            }
            for (TableReader table : view.tables()) {
                String reason = table.damage();
                if (reason != null) {
                    damages.add(new Damage(map.descriptor().id(), table.tableId(), reason));
                }
            }
        }
        return damages;
    }

    /**
     * Looks at every block of a damaged table and tells between which keys it cannot be read. Where all can be read
     * after all, the table counts as damaged no longer; then, as when it was merged meanwhile, there are none.
     */
    public List<KeySpan> spans(Damage damage) {
        lock.lock();
        try {
            ensureOpen();
            LostTable lost = lost(damage);
            if (lost != null) {
                return lost.spans();
            }
            TableReader table = table(damage);
            return table == null || !table.acquire() ? List.of() : inspect(table);
        } catch (IOException e) {
            throw new StoreException("looking for the damage of table " + damage.tableId() + " failed: " + e, e);
        } finally {
            lock.unlock();
        }
    }

    private List<KeySpan> inspect(TableReader table) throws IOException {
        try {
            TableSalvage salvage = new TableSalvage(table);
            while (salvage.next(record -> {})) {
                ensureOpen();
            }
            if (salvage.damaged().isEmpty()) {
                LOG.info("SSTable {} can be read after all", table);
                table.retractDamage();
            }
            return salvage.damaged();
        } finally {
            table.release();
        }
    }

    /**
     * Replaces a damaged table by one without what cannot be read, durably, and puts its file aside.
     *
     * @param repaired for which keys this store holds all that other replicas have
     * @return false if more is damaged by now, or a merge has the table: then look and repair again
     */
    public boolean replace(Damage damage, List<KeySpan> repaired) {
        lock.lock();
        try {
            ensureOpen();
            // What was fetched must survive whatever comes, as what was damaged had to.
            flushDurably();
            LostTable lost = lost(damage);
            if (lost != null) {
                replace(lost, List.of());
                return true;
            }
            TableReader table = table(damage);
            MapStore map = maps.require(damage.map());
            return table == null || compactor.exclusively(table, () -> rewrite(map, table, repaired, false));
        } catch (IOException e) {
            throw new StoreException("replacing the damaged table " + damage.tableId() + " failed: " + e, e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Separates what can be read of a damaged table from what cannot: the first is written to a new table, and the keys
     * of the rest are lost from then on, as those of a table that cannot be opened. So {@link
     * StorageEngine#scanDespiteLosses} gives all that there is.
     *
     * @return false if there is no such table any more, or it was separated before, or a merge has it
     */
    public boolean separate(Damage damage) {
        lock.lock();
        try {
            ensureOpen();
            TableReader table = table(damage);
            MapStore map = maps.require(damage.map());
            return table != null && compactor.exclusively(table, () -> rewrite(map, table, List.of(KeySpan.ALL), true));
        } catch (IOException e) {
            throw new StoreException("separating the damaged table " + damage.tableId() + " failed: " + e, e);
        } finally {
            lock.unlock();
        }
    }

    /** Writes all that the log has to tables, also while so much is written that memtables cannot be set aside. */
    private void flushDurably() {
        long position;
        appendLock.lock();
        try {
            position = log.endPosition();
        } finally {
            appendLock.unlock();
        }
        do {
            flush.run();
        } while (maps.all().stream().anyMatch(map -> map.oldestNeededPosition() <= position));
    }

    /** Forgets what lost tables can have held of partitions, which were dropped. */
    void forget(DroppedPartitions dropped) {
        lock.lock();
        try {
            ensureOpen();
            for (MapStore map : maps.all()) {
                map.view().lost().forEach(lost -> forget(lost, dropped));
            }
        } finally {
            lock.unlock();
        }
    }

    private void forget(LostTable lost, DroppedPartitions dropped) {
        List<KeySpan> kept = new ArrayList<>();
        lost.spans().forEach(span -> kept.addAll(dropped.keptOf(span)));
        if (kept.isEmpty()) {
            replace(lost, List.of());
        } else if (!kept.equals(lost.spans())) {
            long tableId = manifest.takeTableId();
            replace(lost, List.of(new LostTable(lost.map(), tableId, kept, lost.timestampMicrosMax(), lost.reason())));
        }
    }

    private void replace(LostTable lost, List<LostTable> still) {
        List<ManifestItem> items = new ArrayList<>();
        still.forEach(rest -> items.add(new ManifestItem.KeysLost(rest)));
        items.add(new ManifestItem.TableRemoved(lost.tableId()));
        edit(items);
        appendLock.lock();
        try {
            maps.require(lost.map()).found(lost, still);
        } finally {
            appendLock.unlock();
        }
    }

    /** @param losesRest whether what cannot be read is lost from then on, or else was repaired */
    private boolean rewrite(MapStore map, TableReader table, List<KeySpan> repaired, boolean losesRest)
            throws IOException {
        // A merge may have had the last word before this one.
        if (!map.view().tables().contains(table)) {
            return true;
        }
        if (!compactor.fits(List.of(table))) {
            throw new StoreException(
                    "the damaged table " + table + " cannot be replaced: " + compactor.blockedReason());
        }
        TableSink sink = new TableSink(
                files,
                tableFiles,
                manifest,
                cache,
                map.tableOptions(),
                map.descriptor().id());
        TableSalvage salvage = new TableSalvage(table);
        List<TableReader> outputs = salvage(table, salvage, sink, repaired);
        if (outputs == null) {
            return false;
        }
        exchange(map, table, outputs, losesRest ? restOf(map, table, salvage.damaged()) : List.of());
        return true;
    }

    private List<LostTable> restOf(MapStore map, TableReader table, List<KeySpan> spans) {
        if (spans.isEmpty()) {
            return List.of();
        }
        String reason = Objects.requireNonNullElse(table.damage(), "SSTable " + table + " is damaged");
        return List.of(new LostTable(
                map.descriptor().id(),
                manifest.takeTableId(),
                spans,
                table.properties().timestampMicrosMax(),
                reason));
    }

    private @Nullable List<TableReader> salvage(
            TableReader table, TableSalvage salvage, TableSink sink, List<KeySpan> repaired) throws IOException {
        boolean complete = false;
        Exception reason = new CorruptDataException("more of SSTable " + table + " is damaged than was repaired");
        try {
            while (salvage.next(sink::add)) {
                ensureOpen();
            }
            for (KeySpan span : salvage.damaged()) {
                if (repaired.stream().noneMatch(known -> known.contains(span))) {
                    return null;
                }
            }
            List<TableReader> outputs = sink.finish();
            complete = true;
            return outputs;
        } catch (IOException | RuntimeException e) {
            reason = e;
            throw e;
        } finally {
            if (!complete) {
                sink.discard(reason);
            }
        }
    }

    private void exchange(MapStore map, TableReader table, List<TableReader> outputs, List<LostTable> lost) {
        List<ManifestItem> items = new ArrayList<>();
        outputs.forEach(output -> items.addAll(ManifestItem.added(output)));
        lost.forEach(rest -> items.add(new ManifestItem.KeysLost(rest)));
        items.add(new ManifestItem.TableRemoved(table.tableId()));
        boolean stated = false;
        try {
            edit(items);
            stated = true;
        } finally {
            if (!stated) {
                // The files stay: whether the manifest has them is not known.
                outputs.forEach(TableReader::release);
            }
        }
        appendLock.lock();
        try {
            map.compacted(Set.of(table), outputs, lost);
        } finally {
            appendLock.unlock();
        }
        table.releaseThen(() -> quarantine.take(tableFiles.table(table.tableId())));
        LOG.info(
                "SSTable {} was {}, and its file put aside in {}",
                table,
                lost.isEmpty() ? "repaired" : "rewritten without what cannot be read",
                quarantine.directory());
    }

    private void edit(List<ManifestItem> items) {
        StoreReadOnlyException refusal = latch.refusal();
        if (refusal != null) {
            throw refusal;
        }
        try {
            manifest.edit(items);
        } catch (IOException e) {
            throw latch.close("recording a repaired table in the manifest", e);
        }
    }

    private @Nullable LostTable lost(Damage damage) {
        for (LostTable lost : maps.require(damage.map()).view().lost()) {
            if (lost.tableId() == damage.tableId()) {
                return lost;
            }
        }
        return null;
    }

    private @Nullable TableReader table(Damage damage) {
        for (TableReader table : maps.require(damage.map()).view().tables()) {
            if (table.tableId() == damage.tableId()) {
                return table;
            }
        }
        return null;
    }

    private void ensureOpen() {
        if (closing || closed) {
            throw new StoreClosedException("the store in " + config.directory() + " was closed");
        }
    }

    /** Ends what runs early and waits for it; later calls are refused. */
    void close() {
        closing = true;
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }
}
