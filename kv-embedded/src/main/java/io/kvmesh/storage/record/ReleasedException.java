package io.kvmesh.storage.record;

/**
 * A table or memtable was let go of between the moment a reader found it and the moment it looked into it: it was
 * merged or flushed into others, which the reader finds in a fresh snapshot, or the store was closed.
 */
public final class ReleasedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ReleasedException() {
        // Thrown and caught within the engine: a trace tells nothing.
        super("the table or memtable was released", null, false, false);
    }
}
