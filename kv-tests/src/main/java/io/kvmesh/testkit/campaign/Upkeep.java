package io.kvmesh.testkit.campaign;

import io.kvmesh.api.KvConfig;
import io.kvmesh.runtime.RandomSource;
import java.time.Duration;

/**
 * How replicas of a run get what they missed, other than by reads. Immutable.
 *
 * @param hints whether writes are kept for members that are away
 * @param repairTime the mean time between two repairs that somebody asks for; zero if nobody ever does
 */
record Upkeep(boolean hints, Duration repairTime) {
    /** Hints alone: no run lasts as long as the time between two repairs. */
    static final Upkeep HINTS = new Upkeep(true, Duration.ZERO);

    private static final Duration REPAIR_INTERVAL = Duration.ofMinutes(1);

    static Upkeep drawRepairs(RandomSource random) {
        return new Upkeep(random.chance(0.5), Duration.ofMillis(500L << random.nextInt(5)));
    }

    /** Whether replicas are compared, and deletions that all know are forgotten. */
    boolean repairs() {
        return !repairTime.isZero();
    }

    KvConfig.Builder applyTo(KvConfig.Builder builder) {
        if (!hints) {
            builder.hintWindow(Duration.ZERO);
        }
        return repairs() ? builder.repairInterval(REPAIR_INTERVAL) : builder;
    }
}
