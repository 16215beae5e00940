package io.kvmesh.repair;

import io.kvmesh.api.RepairResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A repair that somebody asked for, and what has become of it so far. Guarded by the monitor of anti-entropy, but for
 * its future.
 */
final class RepairOrder {
    /** More problems than these are not named. */
    private static final int PROBLEMS_NAMED_MAX = 10;

    /** The name of the map; null for all. */
    final @Nullable String map;
    /** The partition; null for all that this member holds. */
    final @Nullable Integer partition;

    final CompletableFuture<RepairResult> future = new CompletableFuture<>();
    private final Deque<RepairTarget> waiting = new ArrayDeque<>();
    private final List<String> problems = new ArrayList<>();
    private boolean resolved;
    private int partitions;
    private int complete;
    private long fetched;
    private long pushed;

    RepairOrder(@Nullable String map, @Nullable Integer partition) {
        this.map = map;
        this.partition = partition;
    }

    /** Whether it is known what this comes to. */
    boolean isResolved() {
        return resolved;
    }

    void resolve(Collection<RepairTarget> targets) {
        resolved = true;
        partitions = targets.size();
        waiting.addAll(targets);
    }

    int waiting() {
        return waiting.size();
    }

    @Nullable
    RepairTarget next() {
        return waiting.poll();
    }

    void ended(RepairTarget target, PartitionRepair.Result result) {
        complete += result.complete() ? 1 : 0;
        fetched += result.fetched();
        pushed += result.pushed();
        if (!result.complete() && problems.size() < PROBLEMS_NAMED_MAX) {
            String failure = result.failure();
            problems.add(target + ": "
                    + (failure != null ? failure : "not all of its replicas were alive, or it moves to others"));
        }
    }

    RepairResult result() {
        return new RepairResult(partitions, complete, fetched, pushed, problems);
    }
}
