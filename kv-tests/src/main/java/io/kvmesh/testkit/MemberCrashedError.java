package io.kvmesh.testkit;

/**
 * Unwinds the code of a member whose process was killed while that code was running or waiting. It is an error, so that
 * no code of the member catches it by accident, as no code goes on after a real crash. Immutable.
 */
public final class MemberCrashedError extends Error {
    private static final long serialVersionUID = 1L;

    /** @param message says which member, and where its code stood */
    public MemberCrashedError(String message) {
        super(message);
    }
}
