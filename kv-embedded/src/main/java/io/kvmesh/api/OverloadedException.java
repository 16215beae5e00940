package io.kvmesh.api;

/** A bounded queue is full: the member or a peer cannot take more work now. Nothing was done; retry after a pause. */
public final class OverloadedException extends KvException {
    private static final long serialVersionUID = 1L;

    public OverloadedException(String message) {
        super(message, Outcome.NOT_APPLIED, true);
    }
}
