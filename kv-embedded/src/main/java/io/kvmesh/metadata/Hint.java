package io.kvmesh.metadata;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;

/**
 * A write that a replica missed, kept for it by another member. Immutable.
 *
 * @param id given by the store, ascending in the order in which hints were added
 * @param target the replica that missed it
 * @param createdMicros when the write was made, in wall time: a hint expires by its age
 */
public record Hint(long id, NodeId target, MapId map, Key key, Cell cell, long createdMicros) {
    /** The identity of a hint that is in no store yet. */
    public static final long NO_ID = 0;

    /** What a hint counts beyond its key and value. */
    private static final int OVERHEAD_BYTES = 64;

    /** A hint that is in no store yet. */
    public static Hint of(NodeId target, MapId map, Key key, Cell cell, long createdMicros) {
        return new Hint(NO_ID, target, map, key, cell, createdMicros);
    }

    /** What it counts against the bounds of bytes. */
    public long bytes() {
        return (long) OVERHEAD_BYTES + key.length() + (cell.isTombstone() ? 0 : cell.value().length);
    }

    public Hint withId(long newId) {
        return new Hint(newId, target, map, key, cell, createdMicros);
    }
}
