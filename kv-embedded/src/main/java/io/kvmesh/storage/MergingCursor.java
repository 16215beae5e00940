package io.kvmesh.storage;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.storage.memtable.MemtableScan;
import io.kvmesh.storage.record.RecordView;
import io.kvmesh.storage.record.ReleasedException;
import io.kvmesh.storage.sstable.TableReader;
import io.kvmesh.storage.sstable.TableRun;
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
    private final List<TableRun> runs = new ArrayList<>();
    private final RecordMerge merge = new RecordMerge();
    private boolean closed;

    /**
     * All that a snapshot holds between two keys.
     *
     * @throws ReleasedException if one of its tables was let go of
     */
    static MergingCursor of(MapView view, Key from, @Nullable Key to) {
        List<MemtableScan> memtables = new ArrayList<>();
        memtables.add(view.active().scan(from, to));
        view.waiting().forEach(memtable -> memtables.add(memtable.scan(from, to)));
        return new MergingCursor(memtables, view.inRange(from, to), tables -> TableRun.cached(tables, from, to));
    }

    /** All that some tables hold, read past the cache. */
    static MergingCursor of(Collection<TableReader> tables) {
        return new MergingCursor(List.of(), tables, TableRun::pastTheCache);
    }

    private MergingCursor(
            List<MemtableScan> memtables,
            Collection<TableReader> tables,
            Function<Collection<TableReader>, List<TableRun>> opening) {
        memtables.forEach(merge::add);
        boolean opened = false;
        try {
            for (TableReader table : tables) {
                if (!table.acquire()) {
                    throw new ReleasedException();
                }
                acquired.add(table);
            }
            runs.addAll(opening.apply(tables));
            runs.forEach(merge::add);
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
            runs.forEach(TableRun::close);
            acquired.forEach(TableReader::release);
        }
    }
}
