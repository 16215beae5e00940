package io.kvmesh.api;

/** Too few replicas answered a read in time. Reading again is safe. */
public final class ReadTimeoutException extends KvException {
    private static final long serialVersionUID = 1L;

    public ReadTimeoutException(String message) {
        super(message, Outcome.NOT_APPLIED, true);
    }
}
