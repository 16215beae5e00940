package io.kvmesh.api;

/** The store no longer takes writes since a write to its disk failed. The message names the reason. */
public final class StoreReadOnlyException extends KvException {
    private static final long serialVersionUID = 1L;

    public StoreReadOnlyException(String message) {
        super(message, Outcome.NOT_APPLIED, false);
    }

    public StoreReadOnlyException(String message, Throwable cause) {
        super(message, Outcome.NOT_APPLIED, false, cause);
    }

    /** For the write during which the disk failed: whether it survives is not known. */
    public StoreReadOnlyException(String message, Throwable cause, Outcome outcome) {
        super(message, outcome, false, cause);
    }
}
