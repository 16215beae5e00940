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
    private final KeyNodes keys;
    private final CellArena cells;
    private final KeyWalk walk;
    private final byte @Nullable [] to;
    private final RecordView shown = new RecordView();
    /** The node that is shown next, or 0. */
    private int next;

    MemtableScan(SkipList keys, CellArena cells, @Nullable Key from, @Nullable Key to) {
        this.keys = keys.nodes();
        this.cells = cells;
        this.walk = new KeyWalk(keys);
        this.to = to == null ? null : to.bytes();
        this.next = from == null ? walk.first() : walk.atOrAfter(from.bytes());
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
        next = walk.next();
        return true;
    }

    @Override
    public RecordView record() {
        return shown;
    }
}
