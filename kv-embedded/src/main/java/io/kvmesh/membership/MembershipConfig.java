package io.kvmesh.membership;

/**
 * What can be set about gossip and failure detection. Immutable.
 *
 * @param gossipIntervalNanos time between two rounds of gossip; all other times of the detector are multiples of it
 * @param suspicionThreshold the phi from which on a silent member is suspected: 8 means that a living member would be
 *     that late about once in 10^7 heartbeats
 * @param deadAfterNanos how long a member stays suspected before it counts as dead
 * @param removeAfterNanos how long a member may be dead before it is taken out of the ring; 0 for ever
 */
public record MembershipConfig(
        long gossipIntervalNanos, double suspicionThreshold, long deadAfterNanos, long removeAfterNanos) {
    /** Members that one ring may have; more are refused. */
    public static final int MEMBERS_MAX = 10_000;

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
    }

    /** The usual configuration for this interval and threshold: dead five intervals after the suspicion. */
    public static MembershipConfig of(long gossipIntervalNanos, double suspicionThreshold) {
        return new MembershipConfig(
                gossipIntervalNanos, suspicionThreshold, DEAD_AFTER_INTERVALS * gossipIntervalNanos, 0);
    }

    /** This configuration with another time after which a dead member is taken out of the ring; 0 for never. */
    public MembershipConfig removingAfter(long nanos) {
        return new MembershipConfig(gossipIntervalNanos, suspicionThreshold, deadAfterNanos, nanos);
    }
}
