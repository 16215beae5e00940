package io.kvmesh.runtime;

/** Checks of our own logic, always on. A failed check is a bug in the library, never a user's mistake. Stateless. */
public final class Invariants {
    private Invariants() {}

    public static void check(boolean condition, String message) {
        if (!condition) {
            throw new IllegalStateException("invariant broken: " + message);
        }
    }

    /** The two numbers replace the two {@code %d} of the message. */
    public static void check(boolean condition, String format, long first, long second) {
        if (!condition) {
            throw new IllegalStateException("invariant broken: " + String.format(format, first, second));
        }
    }

    /** The two objects replace the two {@code %s} of the message. */
    public static void check(boolean condition, String format, Object first, Object second) {
        if (!condition) {
            throw new IllegalStateException("invariant broken: " + String.format(format, first, second));
        }
    }
}
