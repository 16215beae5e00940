package io.kvmesh.testkit.bench;

/** An argument of the command line is wrong. The message is one line that names the argument and the rule. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UsageException(String message) {
        super(message);
    }
}
