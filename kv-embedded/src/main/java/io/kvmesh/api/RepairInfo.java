package io.kvmesh.api;

import java.time.Instant;
import java.util.Optional;

/**
 * How far the comparison of replicas is at one moment. Immutable. Partitions are counted once for each map; those of
 * which this member is the first replica that is alive are its own to repair.
 *
 * @param partitions how many partitions are this member's to repair
 * @param repaired how many of them were repaired with all their replicas within the last repair interval
 * @param oldestComplete when the last such repair began of the partition for which that is longest ago; empty if one of
 *     them has had none yet, and if there are none
 * @param underWay the partition that is being repaired
 * @param waiting how many partitions somebody asked for that are not repaired yet
 * @param completed repairs since the store was opened in which all replicas took part
 * @param partial those in which some did
 * @param failed those that did not come to their end, and are tried again
 * @param lastFailure why the last of these failed
 * @param cellsFetched entries that this member took over from others
 * @param cellsPushed entries that others took over from this member
 */
public record RepairInfo(
        long partitions,
        long repaired,
        Optional<Instant> oldestComplete,
        Optional<String> underWay,
        long waiting,
        long completed,
        long partial,
        long failed,
        Optional<String> lastFailure,
        long cellsFetched,
        long cellsPushed) {
    /** Of a store that has nobody to compare itself with. */
    public static final RepairInfo NONE =
            new RepairInfo(0, 0, Optional.empty(), Optional.empty(), 0, 0, 0, 0, Optional.empty(), 0, 0);
}
