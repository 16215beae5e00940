package io.kvmesh.testkit.mutants;

/** A planted bug cannot be tried; the message says why, and what to do. */
final class MutantException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MutantException(String message) {
        super(message);
    }

    MutantException(String message, Throwable cause) {
        super(message, cause);
    }
}
