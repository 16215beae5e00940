package io.kvmesh.metadata;

/** The node store cannot be read or written. The message names the file and the reason. */
public final class NodeStoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NodeStoreException(String message) {
        super(message);
    }

    public NodeStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
