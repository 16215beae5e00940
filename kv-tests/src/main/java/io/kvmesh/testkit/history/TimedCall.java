package io.kvmesh.testkit.history;

/**
 * When a call may have taken effect. Immutable.
 *
 * @param call what a {@link SequentialModel} takes
 * @param callNanos it took effect no earlier
 * @param latestNanos it took effect no later; {@link Operation#NEVER} if that is open
 * @param certain whether it took effect at all; if that is open, so is the latest time
 * @param line the call as evidence
 */
public record TimedCall<C>(C call, long callNanos, long latestNanos, boolean certain, String line) {
    public TimedCall {
        if (latestNanos < callNanos) {
            throw new IllegalArgumentException("a call at " + callNanos + " cannot take effect by " + latestNanos);
        }
        if (!certain && latestNanos != Operation.NEVER) {
            throw new IllegalArgumentException("what may never take effect has no latest time: " + latestNanos);
        }
    }

    /** A call that returned. */
    public static <C> TimedCall<C> returned(C call, long callNanos, long returnNanos, String line) {
        return new TimedCall<>(call, callNanos, returnNanos, true, line);
    }

    /** A call that may take effect at any time after it was made, or never. */
    public static <C> TimedCall<C> ofUnknownOutcome(C call, long callNanos, String line) {
        return new TimedCall<>(call, callNanos, Operation.NEVER, false, line);
    }
}
