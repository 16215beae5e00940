package io.kvmesh.testkit.history;

import java.util.List;
import java.util.Map;

/**
 * All that the checkers judge a run by. Immutable but for the history, which has ended.
 *
 * @param losses what disks forgot
 * @param replicas N, how many replicas every key has
 * @param replicasOf the members that hold each key of the history
 * @param clockSpreadNanos how far apart the clocks of two members ever were
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
