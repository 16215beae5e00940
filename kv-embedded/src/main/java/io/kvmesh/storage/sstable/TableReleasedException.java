package io.kvmesh.storage.sstable;

/**
 * The table was let go of between the moment a reader found it and the moment it looked into its file: it was merged
 * into others, which the reader finds in a fresh snapshot, or the store was closed.
 */
public final class TableReleasedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TableReleasedException() {
        // Thrown and caught within the engine: a trace tells nothing.
        super("the table was released", null, false, false);
    }
}
