package io.kvmesh.api;

/** Stored bytes do not match their checksum or format. They are never served. */
public final class CorruptDataException extends KvException {
    private static final long serialVersionUID = 1L;

    public CorruptDataException(String message) {
        super(message, Outcome.NOT_APPLIED, false);
    }

    /** Damaged data was met in the middle of something whose outcome is this. */
    public CorruptDataException(String message, Outcome outcome, Throwable cause) {
        super(message, outcome, false, cause);
    }

    public CorruptDataException(String message, Throwable cause) {
        super(message, Outcome.NOT_APPLIED, false, cause);
    }
}
