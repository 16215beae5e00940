package io.kvmesh.storage;

import io.kvmesh.model.Key;
import io.kvmesh.model.Version;
import io.kvmesh.storage.memtable.Memtable;
import io.kvmesh.storage.sstable.TableReader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the newest version of a key, that of a tombstone as well, without a copy of its value. Stateless. */
final class VersionLookup {
    private VersionLookup() {}

    /**
     * The newest version that a view has of a key, or null; with {@code residentOnly} perhaps one that {@link
     * TableReader#isNotResident} tells.
     *
     * @param active what is known to be in the active memtable, which is not asked
     */
    static @Nullable Version newest(
            MapView view, Key key, @Nullable Version active, boolean residentOnly, ReadCounts counts) {
        Version best = active;
        List<Memtable> waiting = view.waiting();
        for (int i = 0; i < waiting.size(); i++) {
            Memtable memtable = waiting.get(i);
            if (best == null || memtable.timestampMicrosMax() >= best.timestampMicros()) {
                best = newer(best, memtable.version(key));
            }
        }
        List<TableReader> tables = view.tables();
        best = tables.isEmpty() ? best : inTables(tables, key, best, residentOnly, counts);
        if (!TableReader.isNotResident(best)) {
            view.requireKnown(key, best);
        }
        return best;
    }

    private static @Nullable Version inTables(
            List<TableReader> tables, Key key, @Nullable Version first, boolean residentOnly, ReadCounts counts) {
        Version best = first;
        long hash = 0;
        boolean hashed = false;
        int checks = 0;
        int searched = 0;
        int falsePositives = 0;
        for (int i = 0; i < tables.size(); i++) {
            TableReader table = tables.get(i);
            if (best != null && table.properties().timestampMicrosMax() < best.timestampMicros()) {
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
            Version found = residentOnly ? table.findVersionResident(key) : table.findVersion(key);
            if (TableReader.isNotResident(found)) {
                return found;
            }
            searched++;
            falsePositives += found == null ? 1 : 0;
            best = newer(best, found);
        }
        counts.asked(checks, searched, falsePositives);
        return best;
    }

    private static @Nullable Version newer(@Nullable Version first, @Nullable Version second) {
        return first == null || (second != null && second.isNewerThan(first)) ? second : first;
    }
}
