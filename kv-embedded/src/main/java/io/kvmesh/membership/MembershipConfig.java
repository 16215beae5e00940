package io.kvmesh.membership;

/**
 * What can be set about gossip and failure detection. Immutable.
 *
 * @param gossipIntervalNanos time between two rounds of gossip; all other times of the detector are multiples of it
 * @param suspicionThreshold the phi from which on a silent member is suspected: 8 means that a living member would be
 *     that late about once in 10^7 heartbeats
 * @param deadAfterNanos how long a member stays suspected before it counts as dead
 * @param removeAfterNanos how long a member may be dead before it is taken out of the ring; 0 for ever
 * @param forgetAfterNanos how long a member that is dead and has no seat in the ring is remembered
 * @param membersMax members that are known at a time, this one included
 */
public record MembershipConfig(
        long gossipIntervalNanos,
        double suspicionThreshold,
        long deadAfterNanos,
        long removeAfterNanos,
        long forgetAfterNanos,
        int membersMax) {
    /** Members that one ring may have; more are refused. */
    public static final int MEMBERS_MAX = 10_000;
    /**
     * The usual time after which a member that is dead and has no seat is forgotten, three days: who was taken out on a
     * Friday evening is still listed on Monday, and it is far longer than news takes to reach all, or members are
     * usually cut off.
     */
    public static final long FORGET_AFTER_NANOS = 3L * 24 * 3600 * 1_000_000_000L;

    private static final long DEAD_AFTER_INTERVALS = 5;
    private static final long GOSSIP_INTERVAL_NANOS_MIN = 1_000_000L;

    public MembershipConfig {
        if (gossipIntervalNanos < GOSSIP_INTERVAL_NANOS_MIN) {
            throw new IllegalArgumentException(
                    "gossipIntervalNanos " + gossipIntervalNanos + " must be at least " + GOSSIP_INTERVAL_NANOS_MIN);
        }
        if (!(suspicionThreshold > 0)) {
            throw new IllegalArgumentException("suspicionThreshold " + suspicionThreshold + " must be positive");
        }
        if (deadAfterNanos <= 0) {
            throw new IllegalArgumentException("deadAfterNanos " + deadAfterNanos + " must be positive");
        }
        if (removeAfterNanos < 0) {
            throw new IllegalArgumentException("removeAfterNanos " + removeAfterNanos + " must not be negative");
        }
        if (forgetAfterNanos <= 0) {
            throw new IllegalArgumentException("forgetAfterNanos " + forgetAfterNanos + " must be positive");
        }
        if (membersMax < 1 || membersMax > MEMBERS_MAX) {
            throw new IllegalArgumentException("membersMax " + membersMax + " must be 1 to " + MEMBERS_MAX);
        }
    }

    /** The usual configuration for this interval and threshold: dead five intervals after the suspicion. */
    public static MembershipConfig of(long gossipIntervalNanos, double suspicionThreshold) {
        return new MembershipConfig(
                gossipIntervalNanos,
                suspicionThreshold,
                DEAD_AFTER_INTERVALS * gossipIntervalNanos,
                0,
                FORGET_AFTER_NANOS,
                MEMBERS_MAX);
    }

    /** This configuration with another time after which a dead member is taken out of the ring; 0 for never. */
    public MembershipConfig removingAfter(long nanos) {
        return new MembershipConfig(
                gossipIntervalNanos, suspicionThreshold, deadAfterNanos, nanos, forgetAfterNanos, membersMax);
    }

    /** This configuration with another time after which a departed member is forgotten. */
    MembershipConfig forgettingAfter(long nanos) {
        return new MembershipConfig(
                gossipIntervalNanos, suspicionThreshold, deadAfterNanos, removeAfterNanos, nanos, membersMax);
    }

    /** This configuration with another bound on the members that are known at a time. */
    MembershipConfig knowingAtMost(int members) {
        return new MembershipConfig(
                gossipIntervalNanos, suspicionThreshold, deadAfterNanos, removeAfterNanos, forgetAfterNanos, members);
    }
}
