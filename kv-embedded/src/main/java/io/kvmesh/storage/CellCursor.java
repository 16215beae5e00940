package io.kvmesh.storage;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.storage.record.RecordView;

/**
 * Walks the newest cell of each key in ascending order, or in descending order if it was opened so, tombstones
 * included, over the state at the time it was opened: what is written later may be seen or not. Not safe for several
 * threads. Must be closed.
 */
public interface CellCursor extends AutoCloseable {

    /** Moves to the next key. False at the end. */
    boolean next();

    /** A copy of the key that the cursor stands on. */
    Key key();

    /** A copy of its cell. */
    Cell cell();

    /** The same in place, for those who need neither for longer: valid until the cursor moves on or is closed. */
    RecordView record();

    @Override
    void close();
}
