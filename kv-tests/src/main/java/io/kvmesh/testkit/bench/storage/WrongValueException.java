package io.kvmesh.testkit.bench.storage;

/** An engine returned something else than what was written. The message names the record. */
final class WrongValueException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WrongValueException(String message) {
        super(message);
    }
}
