package io.kvmesh.api;

/** The root of all errors that the library reports. Unchecked. */
public abstract class KvException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is known about the effect of the failed operation. */
    public enum Outcome {
        /** Nothing was written. */
        NOT_APPLIED,
        /** The write may have been applied on some replicas, and may become visible later. */
        UNKNOWN
    }

    private final Outcome outcome;
    private final boolean retryable;

    protected KvException(String message, Outcome outcome, boolean retryable) {
        super(message);
        this.outcome = outcome;
        this.retryable = retryable;
    }

    protected KvException(String message, Outcome outcome, boolean retryable, Throwable cause) {
        super(message, cause);
        this.outcome = outcome;
        this.retryable = retryable;
    }

    /** What is known about the effect of the failed operation. */
    public final Outcome outcome() {
        return outcome;
    }

    /** Whether the same call may succeed later without a change to the call or the configuration. */
    public final boolean retryable() {
        return retryable;
    }
}
