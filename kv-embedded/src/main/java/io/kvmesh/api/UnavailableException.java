package io.kvmesh.api;

/** Too few replicas are alive for the consistency level. Nothing was written; retry later or ask for less. */
public final class UnavailableException extends KvException {
    private static final long serialVersionUID = 1L;

    public UnavailableException(String message) {
        super(message, Outcome.NOT_APPLIED, true);
    }
}
