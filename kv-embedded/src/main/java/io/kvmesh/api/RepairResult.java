package io.kvmesh.api;

import java.util.List;

/**
 * What became of a repair that was asked for. Immutable.
 *
 * @param partitions how many partitions were to be repaired, each counted once for each map
 * @param complete how many of them all replicas took part in, and hold the same now as far as it was written before
 * @param cellsFetched entries that this member took over from others
 * @param cellsPushed entries that others took over from this member
 * @param problems a sentence for each of the first partitions that were not repaired, or with some replicas only
 */
public record RepairResult(int partitions, int complete, long cellsFetched, long cellsPushed, List<String> problems) {
    public RepairResult {
        problems = List.copyOf(problems);
    }

    /** Whether all partitions were repaired with all their replicas. */
    public boolean isComplete() {
        return complete == partitions;
    }
}
