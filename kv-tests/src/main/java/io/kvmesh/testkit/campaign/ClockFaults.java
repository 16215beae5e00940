package io.kvmesh.testkit.campaign;

import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import java.time.Duration;
import java.util.LongSummaryStatistics;

/** The wrong clocks of members, and how far apart they ever were. Confined to the simulation's thread. */
final class ClockFaults {
    /** What members accept of each other. */
    static final Duration JUMP_MIN = Duration.ofSeconds(1);

    private static final double NANOS_PER_MILLI = 1e6;

    private final SimCluster cluster;
    private long greatestOffsetNanos;
    private long leastOffsetNanos;
    private boolean jumped;

    ClockFaults(SimCluster cluster) {
        this.cluster = cluster;
    }

    /** The stamps of a clock that was ahead outlive its fault, so offsets of different times are compared as well. */
    long spreadNanos() {
        return greatestOffsetNanos - leastOffsetNanos;
    }

    boolean jumped() {
        return jumped;
    }

    boolean begin(Fault fault, SimMember member) {
        if (fault.kind() == FaultKind.CLOCK_JUMP && anotherHasJumped(member)) {
            return false;
        }
        // Drifting clocks are furthest apart just before something changes, or just after.
        measure();
        switch (fault.kind()) {
            case CLOCK_DRIFT -> member.clock().setDrift((long) fault.amount());
            case CLOCK_OFFSET -> member.clock().setOffset(Duration.ofNanos((long) (fault.amount() * NANOS_PER_MILLI)));
            default -> {
                jumped = true;
                member.clock().setOffset(Duration.ofNanos((long) (fault.amount() * NANOS_PER_MILLI)));
            }
        }
        measure();
        return true;
    }

    void end(Fault fault, SimMember member) {
        measure();
        if (fault.kind() == FaultKind.CLOCK_JUMP) {
            member.clock().setOffset(Duration.ZERO);
        } else if (fault.kind() == FaultKind.CLOCK_DRIFT) {
            member.clock().setDrift(0);
        }
    }

    /** Sets all clocks right. */
    void end() {
        measure();
        for (SimMember member : cluster.members()) {
            member.clock().setDrift(0);
            member.clock().setOffset(Duration.ZERO);
        }
    }

    /** Two clocks that are wrong in the same way confirm each other, and then nobody can tell: decision 0004. */
    private boolean anotherHasJumped(SimMember member) {
        return cluster.members().stream()
                .filter(other -> !other.equals(member))
                .anyMatch(other -> other.clock().offset().abs().compareTo(JUMP_MIN) >= 0);
    }

    private void measure() {
        LongSummaryStatistics offsets = cluster.members().stream()
                .mapToLong(member -> member.clock().offset().toNanos())
                .summaryStatistics();
        greatestOffsetNanos = Math.max(greatestOffsetNanos, offsets.getMax());
        leastOffsetNanos = Math.min(leastOffsetNanos, offsets.getMin());
    }
}
