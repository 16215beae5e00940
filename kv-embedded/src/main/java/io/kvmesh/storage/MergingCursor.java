package io.kvmesh.storage;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.storage.memtable.Memtable;
import io.kvmesh.storage.record.RecordView;
import io.kvmesh.storage.record.ReleasedException;
import io.kvmesh.storage.sstable.TableReader;
import io.kvmesh.storage.sstable.TableScan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Merges the memtables and tables of one map by key, giving the newest cell of each. Not safe for several threads.
 * Keeps its tables' files open until it is closed.
 */
final class MergingCursor implements CellCursor {
    private final List<TableReader> acquired = new ArrayList<>();
    private final List<TableScan> scans = new ArrayList<>();
    private final RecordMerge merge = new RecordMerge();
    private boolean closed;

    /**
     * All that a snapshot holds between two keys.
     *
     * @throws ReleasedException if one of its tables was let go of
     */
    static MergingCursor of(MapView view, Key from, @Nullable Key to) {
        List<Memtable> memtables = new ArrayList<>();
        memtables.add(view.active());
        memtables.addAll(view.waiting());
        return new MergingCursor(
                memtables, from, to, view.inRange(from, to), table -> TableScan.cached(table, from, to));
    }

    /** All that some tables hold, read past the cache. */
    static MergingCursor of(Collection<TableReader> tables) {
        return new MergingCursor(List.of(), Key.of(0, new byte[0]), null, tables, TableScan::new);
    }

    private MergingCursor(
            List<Memtable> memtables,
            Key from,
            @Nullable Key to,
            Collection<TableReader> tables,
            Function<TableReader, TableScan> opening) {
        boolean opened = false;
        try {
            for (Memtable memtable : memtables) {
                merge.add(memtable.scan(from, to));
            }
            for (TableReader table : tables) {
                if (!table.acquire()) {
                    throw new ReleasedException();
                }
                acquired.add(table);
                TableScan scan = opening.apply(table);
                scans.add(scan);
                merge.add(scan);
            }
            opened = true;
        } finally {
            if (!opened) {
                close();
            }
        }
    }

    @Override
    public boolean next() {
        if (closed) {
            throw new IllegalStateException("the cursor is closed");
        }
        return merge.next();
    }

    @Override
    public RecordView record() {
        if (closed) {
            throw new IllegalStateException("the cursor is closed");
        }
        return merge.record();
    }

    @Override
    public Key key() {
        return record().toKey();
    }

    @Override
    public Cell cell() {
        return record().toCell();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            scans.forEach(TableScan::close);
            acquired.forEach(TableReader::release);
        }
    }
}
