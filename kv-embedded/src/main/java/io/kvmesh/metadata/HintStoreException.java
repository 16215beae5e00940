package io.kvmesh.metadata;

/** The hint store cannot be read or written. The message names the file and the reason. */
public final class HintStoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public HintStoreException(String message) {
        super(message);
    }

    public HintStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
