package io.kvmesh.codec;

/** Bytes from disk or wire do not have the expected form. */
public final class MalformedBytesException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedBytesException(String message) {
        super(message);
    }
}
