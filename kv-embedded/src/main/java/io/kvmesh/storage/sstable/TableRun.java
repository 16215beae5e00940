package io.kvmesh.storage.sstable;

import io.kvmesh.model.Key;
import io.kvmesh.storage.record.RecordSource;
import io.kvmesh.storage.record.RecordView;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Walks tables that have no key in common as if they were one. Each is looked into when the one before has ended, so
 * that a short scan reads of one table only, however many follow. Not safe for several threads. The tables must be
 * acquired meanwhile.
 */
public final class TableRun implements RecordSource {
    /** Tables that are not looked into yet, by their keys. */
    private final ArrayDeque<TableReader> rest = new ArrayDeque<>();

    private final BiFunction<TableReader, RecordView, TableScan> opening;
    private final RecordView shown = new RecordView();
    private @Nullable TableScan scan;

    private TableRun(TableReader first, BiFunction<TableReader, RecordView, TableScan> opening) {
        this.rest.add(first);
        this.opening = opening;
    }

    /** The records of a range for a user, as {@link TableScan#cached} has them, in as few runs as the tables allow. */
    public static List<TableRun> cached(Collection<TableReader> tables, Key from, @Nullable Key to) {
        return of(tables, (table, shown) -> TableScan.cached(table, shown, from, to));
    }

    /** All records, past the cache, in as few runs as the tables allow. */
    public static List<TableRun> pastTheCache(Collection<TableReader> tables) {
        return of(tables, TableScan::pastTheCache);
    }

    private static List<TableRun> of(
            Collection<TableReader> tables, BiFunction<TableReader, RecordView, TableScan> opening) {
        List<TableReader> sorted = new ArrayList<>(tables);
        sorted.sort(Comparator.comparing(table -> table.properties().first()));
        List<TableRun> runs = new ArrayList<>();
        for (TableReader table : sorted) {
            if (runs.stream().noneMatch(run -> run.append(table))) {
                runs.add(new TableRun(table, opening));
            }
        }
        return runs;
    }

    /** Takes a table in if it begins behind the last one. */
    private boolean append(TableReader table) {
        boolean behind =
                rest.getLast().properties().last().compareTo(table.properties().first()) < 0;
        if (behind) {
            rest.addLast(table);
        }
        return behind;
    }

    @Override
    public boolean next() {
        TableScan current = scan;
        while (current == null || !current.next()) {
            close();
            TableReader table = rest.pollFirst();
            if (table == null) {
                return false;
            }
            current = opening.apply(table, shown);
            scan = current;
        }
        return true;
    }

    @Override
    public RecordView record() {
        return shown;
    }

    /** Gives back what it stands on. */
    public void close() {
        TableScan current = scan;
        if (current != null) {
            scan = null;
            current.close();
        }
    }
}
