package io.kvmesh.storage;

import io.kvmesh.storage.compaction.CompactionPicker;
import io.kvmesh.storage.sstable.TableProperties;
import io.kvmesh.storage.sstable.TableReader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Estimates how many bytes of a map's tables hold what a read would find, without reading any. Used by one thread,
 * once.
 *
 * <ol>
 *   <li>Tables are taken from the deepest level up, the larger ones of a level first.
 *   <li>One that overlaps another one taken before is left out, as if it held nothing but overwrites of it.
 *   <li>Of the others those records count that are no tombstones, unless all of the table expired.
 * </ol>
 */
final class LiveBytes {
    private final long nowMicros;
    private final CompactionPicker picker;
    private final List<Placed> tables = new ArrayList<>();

    private record Placed(TableReader table, int level) {}

    LiveBytes(long nowMicros, CompactionPicker picker) {
        this.nowMicros = nowMicros;
        this.picker = picker;
    }

    /** Returns the level of the table. */
    int add(TableReader table) {
        int level = picker.levelOf(Compactor.factsOf(table));
        tables.add(new Placed(table, level));
        return level;
    }

    long bytesMin() {
        Comparator<Placed> order =
                Comparator.comparingInt(Placed::level).thenComparingLong(placed -> placed.table.sizeBytes());
        tables.sort(order.reversed());
        List<TableReader> taken = new ArrayList<>();
        long bytes = 0;
        for (Placed placed : tables) {
            TableReader table = placed.table;
            if (table.properties().expiryMicrosMax() > nowMicros
                    && taken.stream().noneMatch(other -> overlap(other, table))) {
                taken.add(table);
                bytes += withoutTombstones(table);
            }
        }
        return bytes;
    }

    private static boolean overlap(TableReader first, TableReader second) {
        return first.covers(second.properties().first())
                || second.covers(first.properties().first());
    }

    private static long withoutTombstones(TableReader table) {
        TableProperties properties = table.properties();
        double share = (double) (properties.records() - properties.tombstones()) / properties.records();
        return (long) (table.sizeBytes() * share);
    }
}
