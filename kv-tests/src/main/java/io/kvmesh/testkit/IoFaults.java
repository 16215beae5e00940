package io.kvmesh.testkit;

import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts the calls of a member's disk and makes some fail, or the process crash in them: chosen ones, and others by
 * chance. Confined to the simulation's thread.
 *
 * <p>A call that fails has not done its work, but an append or write may have written a part of its bytes, and after a
 * failed sync nobody knows what is on stable storage, even if a later one succeeds. A call in which the process crashes
 * is done or not done, an append or write in any part; nobody gets to see its result.
 */
public final class IoFaults {
    /** The message of a full disk, as of the operating system. */
    public static final String DISK_FULL = "No space left on device";
    /** The message of a broken disk, as of the operating system. */
    public static final String DISK_BROKEN = "Input/output error";

    private final Map<IoOperation, Long> callsByOperation = new EnumMap<>(IoOperation.class);
    private long calls;
    private final RandomSource random;
    private IoFaultRates rates = IoFaultRates.NONE;
    private @Nullable CrashKind crashKind;
    private long crashingCall;
    private @Nullable Hook hook;

    IoFaults(RandomSource random) {
        this.random = random;
    }

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

    /**
     * Ends the process in the middle of the call with this number; see {@link #calls()} for how many there were.
     * Whoever made the call gets a {@link MemberCrashedError}, and nothing of the process happens any more.
     */
    public void crashAt(long number, CrashKind kind) {
        crashingCall = number;
        crashKind = kind;
    }

    /** Makes calls go wrong by chance, besides those that are chosen, until told otherwise. */
    public void use(IoFaultRates newRates) {
        rates = newRates;
    }

    /** Lets all calls happen from here on. */
    public void clear() {
        hook = null;
        crashKind = null;
        rates = IoFaultRates.NONE;
    }

    /**
     * Counts a call.
     *
     * @return how the process is to crash in it; null if it is not
     * @throws IOException if the call is to fail
     */
    @Nullable
    CrashKind before(IoOperation operation, Path path) throws IOException {
        calls++;
        callsByOperation.merge(operation, 1L, Long::sum);
        if (crashKind != null && calls == crashingCall) {
            return crashKind;
        }
        IoCall call = new IoCall(calls, operation, path);
        if (hook != null) {
            hook.before(call);
        }
        if (drawn(rates.powerLoss())) {
            return CrashKind.POWER_LOSS;
        }
        if (drawn(rates.kill())) {
            return CrashKind.KILL;
        }
        failIf(drawn(rates.failure(operation)), call, rates.message());
        return null;
    }

    /** Flips a bit of what was read, if it is meant to. */
    void damage(byte[] bytes, int offset, int length) {
        if (length > 0 && drawn(rates.bitFlip())) {
            bytes[offset + random.nextInt(length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
        }
    }

    private boolean drawn(double rate) {
        return rate > 0 && random.chance(rate);
    }

    private static void failIf(boolean fails, IoCall call, String message) throws IOException {
        if (fails) {
            throw new IOException(call.path() + ": " + message + " (injected at " + call.operation() + ", call "
                    + call.number() + ")");
        }
    }
}
