package io.kvmesh.storage;

import io.kvmesh.api.Compaction;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Version;
import io.kvmesh.storage.memtable.Memtable;
import io.kvmesh.storage.record.ReleasedException;
import io.kvmesh.storage.sstable.TableOptions;
import io.kvmesh.storage.sstable.TableReader;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The cells of one map. Reads are safe for any thread and take no lock; what changes the view is guarded by the append
 * lock.
 */
final class MapStore {
    /** How many memtables of a map may wait for their flush, each of which a read may have to look at. */
    static final int WAITING_MEMTABLES_MAX = 4;

    private final MapDescriptor descriptor;
    private final MemtableBudget budget;
    private final ReadCounts counts;
    private volatile MapView view;
    private volatile Compaction policy;
    private volatile TableOptions tableOptions;

    MapStore(
            MapDescriptor descriptor,
            MapView view,
            Compaction policy,
            TableOptions tableOptions,
            MemtableBudget budget,
            ReadCounts counts) {
        this.descriptor = descriptor;
        this.budget = budget;
        this.view = view;
        this.counts = counts;
        this.policy = policy;
        this.tableOptions = tableOptions;
    }

    Compaction policy() {
        return policy;
    }

    void policy(Compaction changed) {
        policy = changed;
    }

    /** How tables of this map are written from now on. */
    TableOptions tableOptions() {
        return tableOptions;
    }

    void tableOptions(TableOptions changed) {
        tableOptions = changed;
    }

    MapDescriptor descriptor() {
        return descriptor;
    }

    MapView view() {
        return view;
    }

    /**
     * The newest cell of a key, or null; with {@code residentOnly} perhaps one that {@link TableReader#isNotResident}
     * tells.
     */
    @Nullable
    Cell read(Key key, boolean residentOnly) {
        while (true) {
            MapView current = view;
            try {
                Cell found = read(current, key, residentOnly);
                if (!TableReader.isNotResident(found)) {
                    counts.looked(1);
                }
                return found;
            } catch (ReleasedException e) {
                requireReplaced(current);
            }
        }
    }

    /** Tables that were released are not in a fresh snapshot any more, unless the store is being closed. */
    @SuppressWarnings("ReferenceEquality")
    private void requireReplaced(MapView released) {
        if (view == released) {
            throw new StoreClosedException("the store was closed");
        }
    }

    private @Nullable Cell read(MapView current, Key key, boolean residentOnly) {
        Cell best = readWaiting(current, key, current.active().get(key));
        List<TableReader> tables = current.tables();
        best = tables.isEmpty() ? best : readTables(tables, key, best, residentOnly);
        if (!TableReader.isNotResident(best)) {
            current.requireKnown(key, best == null ? null : best.version());
        }
        return best;
    }

    private static @Nullable Cell readWaiting(MapView current, Key key, @Nullable Cell first) {
        Cell best = first;
        List<Memtable> waiting = current.waiting();
        for (int i = 0; i < waiting.size(); i++) {
            Memtable memtable = waiting.get(i);
            if (best == null || memtable.timestampMicrosMax() >= best.version().timestampMicros()) {
                best = newest(best, memtable.get(key));
            }
        }
        return best;
    }

    private @Nullable Cell readTables(List<TableReader> tables, Key key, @Nullable Cell first, boolean residentOnly) {
        Cell best = first;
        long hash = 0;
        boolean hashed = false;
        int checks = 0;
        int searched = 0;
        int falsePositives = 0;
        for (int i = 0; i < tables.size(); i++) {
            TableReader table = tables.get(i);
            if (best != null
                    && table.properties().timestampMicrosMax() < best.version().timestampMicros()) {
                // The tables behind this one hold nothing newer either.
                break;
            }
            if (!table.covers(key)) {
                continue;
            }
            if (!hashed) {
                hash = TableReader.hash(key);
                hashed = true;
            }
            checks++;
            if (!table.mightContain(hash)) {
                continue;
            }
            Cell found = residentOnly ? table.findResident(key) : table.find(key);
            if (TableReader.isNotResident(found)) {
                // Who asks again, with leave to read the disk, counts what it took.
                return found;
            }
            searched++;
            falsePositives += found == null ? 1 : 0;
            best = newest(best, found);
        }
        counts.asked(checks, searched, falsePositives);
        return best;
    }

    private static @Nullable Cell newest(@Nullable Cell first, @Nullable Cell second) {
        if (first == null || second == null) {
            return first == null ? second : first;
        }
        return Cell.newest(first, second);
    }

    /**
     * The version that a key had before this cell was applied to the active memtable, if it is newer than the cell's.
     *
     * @param presentInActive what the active memtable had, if that wins over the cell
     */
    @Nullable
    Version newerThan(Key key, Cell cell, @Nullable Cell presentInActive) {
        while (true) {
            MapView current = view;
            try {
                return newerThan(current, key, cell, presentInActive);
            } catch (ReleasedException e) {
                requireReplaced(current);
            }
        }
    }

    private @Nullable Version newerThan(MapView current, Key key, Cell cell, @Nullable Cell presentInActive) {
        Version written = cell.version();
        Version known = presentInActive != null ? presentInActive.version() : written;
        // Costs a look at one table's properties as long as stamps ascend.
        Version newest = VersionLookup.newest(current, key, known, false, counts);
        return newest != null && newest.isNewerThan(written) ? newest : null;
    }

    /**
     * The newest version of a key, that of a tombstone as well, or null; with {@code residentOnly} perhaps one that
     * {@link TableReader#isNotResident} tells. Copies no value.
     */
    @Nullable
    Version readVersion(Key key, boolean residentOnly) {
        while (true) {
            MapView current = view;
            try {
                Version active = current.active().version(key);
                Version found = VersionLookup.newest(current, key, active, residentOnly, counts);
                if (!TableReader.isNotResident(found)) {
                    counts.looked(1);
                }
                return found;
            } catch (ReleasedException e) {
                requireReplaced(current);
            }
        }
    }

    /** As {@link #read} of each key, in the order of the keys. */
    @Nullable
    Cell[] readAll(List<Key> keys) {
        return ask(current -> new ManyReads(current, keys, counts).read());
    }

    /** Asks the present view, and a fresh one when tables were let go of meanwhile. */
    private <T> T ask(Function<MapView, T> question) {
        while (true) {
            MapView current = view;
            try {
                return question.apply(current);
            } catch (ReleasedException e) {
                requireReplaced(current);
            }
        }
    }

    /** As {@link Memtable#put} of the active memtable, and counts what it grew by. */
    @Nullable
    Cell put(Key key, Cell cell, long logPosition) {
        Memtable active = view.active();
        long bytesBefore = active.bytes();
        Cell present = active.put(key, cell, logPosition);
        budget.grew(active.bytes() - bytesBefore);
        return present;
    }

    /** Whether there is something in the active memtable, and it may be set aside. */
    boolean canRotate() {
        return !view.active().isEmpty() && view.waiting().size() < WAITING_MEMTABLES_MAX;
    }

    void rotate(long logPosition) {
        Memtable active = view.active();
        active.seal(logPosition);
        view = view.rotate(new Memtable(budget.pool()));
        budget.setAside(active.bytes());
    }

    void flushed(Memtable memtable, TableReader table) {
        view = view.flushed(memtable, table);
        budget.flushed(memtable.bytes());
        // After the table is in sight: whoever comes too late for the memtable finds its cells there.
        memtable.release();
    }

    /** Walks keys from one (inclusive) to another (exclusive; null for the end of the map). */
    CellCursor scan(Key from, @Nullable Key to) {
        return ask(current -> {
            current.requireKnown(from, to);
            return MergingCursor.of(current, from, to);
        });
    }

    /** As {@link #scan}, of what can be read: keys that were in lost tables may be missing, or be older. */
    CellCursor scanDespiteLosses(Key from, @Nullable Key to) {
        return ask(current -> MergingCursor.of(current, from, to));
    }

    /** As {@link #scan}, the greatest key first. */
    CellCursor scanReverse(Key from, @Nullable Key to) {
        return ask(current -> {
            current.requireKnown(from, to);
            return new DescendingCursor(current, from, to);
        });
    }

    /** Tables were merged into others, of which there may be none. The caller holds the append lock. */
    void compacted(Set<TableReader> inputs, List<TableReader> outputs, List<LostTable> unreadable) {
        view = view.compacted(inputs, outputs, unreadable);
    }

    /** As {@link MapView#found}. The caller holds the append lock. */
    void found(LostTable table, List<LostTable> still) {
        view = view.found(table, still);
    }

    /** The oldest log position that this map needs, or {@link Long#MAX_VALUE} if it needs none. */
    long oldestNeededPosition() {
        MapView current = view;
        List<Memtable> waiting = current.waiting();
        if (!waiting.isEmpty()) {
            return waiting.get(waiting.size() - 1).firstPosition();
        }
        return current.active().firstPosition();
    }

    long memtableBytes() {
        MapView current = view;
        long bytes = current.active().bytes();
        for (Memtable memtable : current.waiting()) {
            bytes += memtable.bytes();
        }
        return bytes;
    }

    long timestampMicrosMax() {
        MapView current = view;
        long max = current.active().timestampMicrosMax();
        for (Memtable memtable : current.waiting()) {
            max = Math.max(max, memtable.timestampMicrosMax());
        }
        for (TableReader table : current.tables()) {
            max = Math.max(max, table.properties().timestampMicrosMax());
        }
        for (LostTable table : current.lost()) {
            max = table.timestampMicrosMax() == Long.MAX_VALUE ? max : Math.max(max, table.timestampMicrosMax());
        }
        return max;
    }
}
