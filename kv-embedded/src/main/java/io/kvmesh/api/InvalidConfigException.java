package io.kvmesh.api;

/** The configuration has faults. The message lists all of them. */
public final class InvalidConfigException extends KvException {
    private static final long serialVersionUID = 1L;

    public InvalidConfigException(String message) {
        super(message, Outcome.NOT_APPLIED, false);
    }
}
