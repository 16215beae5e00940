package io.kvmesh.storage;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;

/**
 * Walks the newest cell of each key in ascending order, or in descending order if it was opened so, tombstones
 * included, over the state at the time it was opened: what is written later may be seen or not. Not safe for several
 * threads. Must be closed.
 */
public interface CellCursor extends AutoCloseable {

    /** Moves to the next key. False at the end. */
    boolean next();

    Key key();

    Cell cell();

    @Override
    void close();
}
