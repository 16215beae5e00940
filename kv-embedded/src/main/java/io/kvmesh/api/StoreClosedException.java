package io.kvmesh.api;

/** The store was closed. */
public final class StoreClosedException extends KvException {
    private static final long serialVersionUID = 1L;

    public StoreClosedException(String message) {
        super(message, Outcome.NOT_APPLIED, false);
    }
}
