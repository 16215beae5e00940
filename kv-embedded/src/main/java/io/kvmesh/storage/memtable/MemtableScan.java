package io.kvmesh.storage.memtable;

import io.kvmesh.model.Key;
import io.kvmesh.storage.record.RecordSource;
import io.kvmesh.storage.record.RecordView;
import org.jspecify.annotations.Nullable;

/**
 * Walks a memtable in ascending order without an object for each record, over what is there when it comes by. Not safe
 * for several threads; any number of scans may walk one memtable while it is written.
 */
public final class MemtableScan implements RecordSource {
    private final SkipList keys;
    private final CellArena cells;
    private final @Nullable Key to;
    private final RecordView shown = new RecordView();
    /** The node that is shown next, or 0. */
    private int next;

    MemtableScan(SkipList keys, CellArena cells, @Nullable Key from, @Nullable Key to) {
        this.keys = keys;
        this.cells = cells;
        this.to = to;
        this.next = from == null ? keys.first() : keys.findAtOrAfter(from);
    }

    @Override
    public boolean next() {
        int node = next;
        if (node == 0 || (to != null && keys.compare(node, to) >= 0)) {
            next = 0;
            return false;
        }
        keys.show(node, shown);
        cells.show(keys.number(node), shown);
        next = keys.after(node);
        return true;
    }

    @Override
    public RecordView record() {
        return shown;
    }
}
