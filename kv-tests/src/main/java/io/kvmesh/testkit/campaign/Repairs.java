package io.kvmesh.testkit.campaign;

import io.kvmesh.api.KvException;
import io.kvmesh.api.MapSpec;
import io.kvmesh.api.RepairResult;
import io.kvmesh.codec.Codecs;
import io.kvmesh.codec.KeyCodec;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.MemberCrashedError;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import io.kvmesh.testkit.history.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * Somebody who has replicas compared now and then, and at the end all of them, and looks whether they are equal then.
 * Confined to the simulation's thread.
 */
final class Repairs {
    private static final String CHECKER = "RepairMakesReplicasEqual";
    private static final double THINKING_MEANS_MAX = 5;
    /** A repair of a damaged table, for which another one waits, may pause for a minute. */
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);
    private static final int TRIES_MAX = 30;

    private final SimCluster cluster;
    private final RunSettings settings;
    private final RandomSource random;
    private boolean stopped;

    Repairs(SimCluster cluster, RunSettings settings, RandomSource random) {
        this.cluster = cluster;
        this.settings = settings;
        this.random = random;
    }

    /** Begins to ask for repairs, if the run has any. */
    void start() {
        if (settings.upkeep().repairs()) {
            think();
        }
    }

    /** No more repairs are asked for; those under way go on. */
    void stop() {
        stopped = true;
    }

    private void think() {
        double means = Math.min(THINKING_MEANS_MAX, -StrictMath.log(1 - random.nextDouble()));
        cluster.loop()
                .after(Duration.ofNanos((long) (settings.upkeep().repairTime().toNanos() * means)), () -> {
                    if (!stopped) {
                        repairSome();
                        think();
                    }
                });
    }

    private void repairSome() {
        List<SimMember> running = cluster.running().stream()
                .filter(member -> member.isOpen() && !member.isPaused())
                .toList();
        if (running.isEmpty()) {
            return;
        }
        SimMember member = running.get(random.nextInt(running.size()));
        int partition = random.nextInt(settings.partitions());
        boolean all = random.chance(0.2);
        try {
            if (random.chance(0.3)) {
                // So that there are tables to be merged, which forgets deletions.
                member.store().admin().flush();
            }
            // What becomes of it does not matter here: many cannot succeed.
            var unused = all
                    ? member.store().admin().startRepair(Callers.MAP)
                    : member.store().admin().startRepair(Callers.MAP, partition);
        } catch (KvException | IllegalArgumentException | MemberCrashedError e) {
            cluster.loop().note("m" + member.index() + " does not repair: " + e.getMessage());
        }
    }

    /**
     * Compares the replicas of all keys, each partition once, stops all members, and compares what their disks hold.
     * Then the members run again.
     */
    List<Violation> finish(List<String> keys) {
        List<Violation> violations = new ArrayList<>();
        KeyCodec<String> codec = new Codecs(List.of()).keyCodec(String.class);
        Partitioner partitioner = new Partitioner(settings.partitions());
        Map<String, List<Integer>> replicas = EndStates.replicasOf(cluster, keys);
        TreeMap<Integer, List<Integer>> holders = new TreeMap<>();
        replicas.forEach((key, members) -> holders.put(partitioner.partitionOf(codec.encode(key)), members));
        holders.forEach((partition, members) -> {
            if (members.size() > 1) {
                repair(partition, cluster.member(members.get(random.nextInt(members.size()))), violations);
            }
        });
        cluster.stop();
        compare(EndStates.cells(cluster, replicas, settings), violations);
        cluster.start();
        cluster.settle();
        return violations;
    }

    private void repair(int partition, SimMember member, List<Violation> violations) {
        member.store().map(MapSpec.of(Callers.MAP, String.class, String.class).withCompaction(settings.compaction()));
        List<String> problems = List.of();
        for (int attempt = 0; attempt < TRIES_MAX; attempt++) {
            CompletableFuture<RepairResult> repair = member.store().admin().startRepair(Callers.MAP, partition);
            cluster.runUntil("partition " + partition + " is repaired", repair::isDone, LIMIT);
            RepairResult result = repair.join();
            if (result.isComplete()) {
                return;
            }
            problems = result.problems();
            cluster.runFor(RETRY_AFTER);
        }
        violations.add(violation("partition " + partition + " cannot be repaired by m" + member.index(), problems));
    }

    private void compare(Map<String, Map<Integer, String>> cells, List<Violation> violations) {
        cells.forEach((key, byMember) -> {
            if (new TreeSet<>(byMember.values()).size() > 1) {
                List<String> lines = new ArrayList<>();
                byMember.forEach((member, cell) -> lines.add("m" + member + " has " + cell));
                violations.add(violation("the replicas of " + key + " differ after a repair", lines));
            }
        });
    }

    private Violation violation(String what, List<String> lines) {
        return new Violation(CHECKER, what, cluster.loop().nowNanos(), lines);
    }
}
