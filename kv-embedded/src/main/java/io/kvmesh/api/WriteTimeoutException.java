package io.kvmesh.api;

/** Too few replicas acknowledged a write in time. It may have been applied; writing again is safe. */
public final class WriteTimeoutException extends KvException {
    private static final long serialVersionUID = 1L;

    public WriteTimeoutException(String message) {
        super(message, Outcome.UNKNOWN, true);
    }
}
