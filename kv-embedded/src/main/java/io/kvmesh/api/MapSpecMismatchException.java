package io.kvmesh.api;

/** A map exists with another specification. The message shows both. */
public final class MapSpecMismatchException extends KvException {
    private static final long serialVersionUID = 1L;

    public MapSpecMismatchException(String message) {
        super(message, Outcome.NOT_APPLIED, false);
    }
}
