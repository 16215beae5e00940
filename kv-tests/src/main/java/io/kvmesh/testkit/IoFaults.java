package io.kvmesh.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts the calls of a member's disk and makes chosen ones fail. Confined to the simulation's thread.
 *
 * <p>A call that fails has not done its work, but an append or write may have written a part of its bytes, and after a
 * failed sync nobody knows what is on stable storage, even if a later one succeeds.
 */
public final class IoFaults {
    /** The message of a full disk, as of the operating system. */
    public static final String DISK_FULL = "No space left on device";
    /** The message of a broken disk, as of the operating system. */
    public static final String DISK_BROKEN = "Input/output error";

    private final Map<IoOperation, Long> callsByOperation = new EnumMap<>(IoOperation.class);
    private long calls;
    private @Nullable Hook hook;

    /** Looks at each call before it is done. */
    @FunctionalInterface
    public interface Hook {
        /**
         * Lets the call happen by returning.
         *
         * @throws IOException what the member gets to see instead
         */
        void before(IoCall call) throws IOException;
    }

    /** How many calls there were. */
    public long calls() {
        return calls;
    }

    /** How many calls of one kind there were. */
    public long calls(IoOperation operation) {
        return callsByOperation.getOrDefault(operation, 0L);
    }

    /** Calls this before every call, instead of what was set before. */
    public void hook(Hook newHook) {
        hook = newHook;
    }

    /** Makes the call with this number fail; see {@link #calls()} for how many there were. */
    public void failCall(long number, String message) {
        hook(call -> failIf(call.number() == number, call, message));
    }

    /** Makes the call with this number and all later ones fail. */
    public void failFrom(long number, String message) {
        hook(call -> failIf(call.number() >= number, call, message));
    }

    /** Makes all calls of one kind fail. */
    public void failAll(IoOperation operation, String message) {
        hook(call -> failIf(call.operation() == operation, call, message));
    }

    /** Lets all calls happen from here on. */
    public void clear() {
        hook = null;
    }

    void before(IoOperation operation, Path path) throws IOException {
        calls++;
        callsByOperation.merge(operation, 1L, Long::sum);
        if (hook != null) {
            hook.before(new IoCall(calls, operation, path));
        }
    }

    private static void failIf(boolean fails, IoCall call, String message) throws IOException {
        if (fails) {
            throw new IOException(call.path() + ": " + message + " (injected at " + call.operation() + ", call "
                    + call.number() + ")");
        }
    }
}
