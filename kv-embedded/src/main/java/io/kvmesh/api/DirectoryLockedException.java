package io.kvmesh.api;

/** The directory is in use by another store, in this process or another one. */
public final class DirectoryLockedException extends KvException {
    private static final long serialVersionUID = 1L;

    public DirectoryLockedException(String message) {
        super(message, Outcome.NOT_APPLIED, true);
    }

    public DirectoryLockedException(String message, Throwable cause) {
        super(message, Outcome.NOT_APPLIED, true, cause);
    }
}
