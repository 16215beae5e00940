package io.kvmesh.testkit.history;

import java.util.List;
import java.util.Map;

/**
 * All that the checkers judge a run by. Immutable but for the history, which has ended.
 *
 * @param losses what disks forgot
 * @param replicas N, how many replicas every key has
 * @param replicasOf the members that ever were replicas of each key of the history, in any ring
 * @param clockSpreadNanos the greatest offset from the right time that the clock of any member ever had, less the
 *     least one at any time: stamps of the past outlive a clock that was set
 * @param finalSinceNanos reads that began from here on were made after all faults were over
 * @param end what the members looked like then
 */
public record Evidence(
        History history,
        DiskLosses losses,
        int replicas,
        Map<String, List<Integer>> replicasOf,
        long clockSpreadNanos,
        long finalSinceNanos,
        EndState end) {}
