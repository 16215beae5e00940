package io.kvmesh.storage.compaction;

import java.util.List;

/**
 * Tables to be merged. Immutable.
 *
 * @param tableIds in ascending order
 */
public record CompactionPick(Reason reason, List<Long> tableIds) {

    public CompactionPick {
        tableIds = tableIds.stream().sorted().toList();
    }

    /** Why these. */
    public enum Reason {
        /** Nothing in it is alive, and it hides nothing: it is dropped without being read. */
        EXPIRED,
        /** Too many tables of a level overlap. */
        OVERLAP,
        /** The window has passed, and is kept in one run. */
        WINDOW,
        /** Too much of a table can be dropped. */
        DROPPABLE,
        /** It has partitions that are given up. */
        DROPPED
    }
}
