package io.kvmesh.storage.memtable;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.runtime.Invariants;

/**
 * Walks a memtable in either direction, over what is there when it comes by. Not safe for several threads; any number
 * of cursors may walk one memtable while it is written.
 *
 * <p>It stands on a key or on none. Key and cell are copied only when asked for.
 */
public final class MemtableCursor {
    private final KeyNodes keys;
    private final CellArena cells;
    private final KeyWalk walk;
    private int node;

    MemtableCursor(SkipList keys, CellArena cells) {
        this.keys = keys.nodes();
        this.cells = cells;
        this.walk = new KeyWalk(keys);
    }

    /** Stands on the least key; false if there is none. */
    public boolean first() {
        return moveTo(walk.first());
    }

    /** Stands on the greatest key; false if there is none. */
    public boolean last() {
        return moveTo(walk.last());
    }

    /** Stands on the least key that is not less than this one; false if there is none. */
    public boolean seek(Key from) {
        return moveTo(walk.atOrAfter(from.bytes()));
    }

    /** Stands on the greatest key that is less than this one; false if there is none. */
    public boolean seekBefore(Key limit) {
        return moveTo(walk.before(limit.bytes()));
    }

    /** Moves to the next greater key; false at the end. */
    public boolean next() {
        standing();
        return moveTo(walk.next());
    }

    /** Moves to the next smaller key; false at the start. */
    public boolean previous() {
        standing();
        return moveTo(walk.previous());
    }

    private boolean moveTo(int target) {
        node = target;
        return target != 0;
    }

    private int standing() {
        Invariants.check(node != 0, "the cursor stands on no key");
        return node;
    }

    public Key key() {
        return keys.key(standing());
    }

    public Cell cell() {
        return cells.cell(keys.number(standing()));
    }

    /** Compares the key that the cursor stands on with another one. */
    public int compareTo(Key key) {
        return keys.compare(standing(), key.bytes());
    }
}
