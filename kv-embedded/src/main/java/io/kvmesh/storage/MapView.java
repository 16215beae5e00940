package io.kvmesh.storage;

import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.storage.memtable.Memtable;
import io.kvmesh.storage.sstable.TableProperties;
import io.kvmesh.storage.sstable.TableReader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the cells of one map are at a moment. Immutable.
 *
 * @param active the memtable that takes writes
 * @param waiting full memtables that wait for their flush, newest first
 * @param tables SSTables, those with the newest stamps first
 * @param lost tables that cannot be read, whose keys are not answered
 */
record MapView(Memtable active, List<Memtable> waiting, List<TableReader> tables, List<LostTable> lost) {

    static MapView of(Memtable active, List<TableReader> tables, List<LostTable> lost) {
        return new MapView(active, List.of(), sorted(tables), List.copyOf(lost));
    }

    private static List<TableReader> sorted(List<TableReader> tables) {
        List<TableReader> sorted = new ArrayList<>(tables);
        Comparator<TableReader> byStamp =
                Comparator.comparingLong(table -> table.properties().timestampMicrosMax());
        sorted.sort(byStamp.thenComparingLong(TableReader::tableId).reversed());
        return List.copyOf(sorted);
    }

    /** The active memtable waits for its flush, and a new one takes its place. */
    MapView rotate(Memtable next) {
        List<Memtable> all = new ArrayList<>();
        all.add(active);
        all.addAll(waiting);
        return new MapView(next, List.copyOf(all), tables, lost);
    }

    /** A waiting memtable was written to a table. */
    MapView flushed(Memtable memtable, TableReader table) {
        List<Memtable> rest = new ArrayList<>(waiting);
        rest.remove(memtable);
        List<TableReader> more = new ArrayList<>(tables);
        more.add(table);
        return new MapView(active, List.copyOf(rest), sorted(more), lost);
    }

    /**
     * Tables were merged into others.
     *
     * @param unreadable what could not be taken over
     */
    MapView compacted(Set<TableReader> inputs, List<TableReader> outputs, List<LostTable> unreadable) {
        List<TableReader> rest = new ArrayList<>(tables);
        rest.removeAll(inputs);
        Invariants.check(rest.size() == tables.size() - inputs.size(), "tables were merged that the map does not have");
        rest.addAll(outputs);
        List<LostTable> allLost = new ArrayList<>(lost);
        allLost.addAll(unreadable);
        return new MapView(active, waiting, sorted(rest), List.copyOf(allLost));
    }

    /**
     * Refuses an answer if a lost table may have held a newer one.
     *
     * @param newest what was found elsewhere
     */
    void requireKnown(Key key, @Nullable Version newest) {
        for (int i = 0; i < lost.size(); i++) {
            lost.get(i).requireNotHiding(key, newest);
        }
    }

    /** Refuses a walk from one key (inclusive) to another (exclusive; null for the end) that may lack keys. */
    void requireKnown(Key from, @Nullable Key to) {
        if (!lost.isEmpty() && (to == null || from.compareTo(to) < 0)) {
            KeySpan walk = new KeySpan(from, to);
            lost.forEach(table -> table.requireNotIn(walk));
        }
    }

    /**
     * Other replicas have told what a lost table held, or some of its keys.
     *
     * @param still what is lost from now on in its place; none if all was found
     */
    MapView found(LostTable table, List<LostTable> still) {
        List<LostTable> rest = new ArrayList<>(lost);
        Invariants.check(rest.remove(table), "a table was found that the map does not lack");
        rest.addAll(still);
        return new MapView(active, waiting, tables, List.copyOf(rest));
    }

    /** The tables that may have keys from one (inclusive) to another (exclusive; null for no bound). */
    List<TableReader> inRange(Key from, @Nullable Key to) {
        List<TableReader> found = new ArrayList<>(tables.size());
        for (TableReader table : tables) {
            TableProperties properties = table.properties();
            if (properties.last().compareTo(from) >= 0
                    && (to == null || properties.first().compareTo(to) < 0)) {
                found.add(table);
            }
        }
        return found;
    }

    /** Whether a cell of this key may be in a memtable. */
    boolean isInMemory(Key key) {
        if (active.version(key) != null) {
            return true;
        }
        for (Memtable memtable : waiting) {
            if (memtable.version(key) != null) {
                return true;
            }
        }
        return false;
    }
}
