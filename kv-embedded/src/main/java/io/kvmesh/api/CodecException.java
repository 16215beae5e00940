package io.kvmesh.api;

/** A key or value cannot be encoded or decoded. The message says which type to register, and how. */
public final class CodecException extends KvException {
    private static final long serialVersionUID = 1L;

    public CodecException(String message) {
        super(message, Outcome.NOT_APPLIED, false);
    }

    public CodecException(String message, Throwable cause) {
        super(message, Outcome.NOT_APPLIED, false, cause);
    }
}
