package io.kvmesh.testkit.campaign;

import java.util.Locale;

/**
 * One thing that goes wrong in a run. Immutable.
 *
 * @param number its place in the plan of its seed, by which it is kept or left out
 * @param atNanos when it begins, in virtual time after the cluster was ready
 * @param untilNanos when it is over, and the member is started again or the network healed
 * @param member the member that it hits, if it hits one
 * @param other another member, where two are concerned
 * @param amount how much; see {@link FaultKind}
 */
record Fault(int number, FaultKind kind, long atNanos, long untilNanos, int member, int other, double amount) {
    private static final double NANOS_PER_SECOND = 1e9;

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%3d  %7.3f s to %7.3f s  %-18s m%d, m%d, %.3f",
                number,
                atNanos / NANOS_PER_SECOND,
                untilNanos / NANOS_PER_SECOND,
                kind,
                member,
                other,
                amount);
    }
}
