package io.kvmesh.api;

/** The store cannot be opened or used as asked. The message says what to change. */
public final class StoreException extends KvException {
    private static final long serialVersionUID = 1L;

    public StoreException(String message) {
        super(message, Outcome.NOT_APPLIED, false);
    }

    public StoreException(String message, Throwable cause) {
        super(message, Outcome.NOT_APPLIED, false, cause);
    }
}
