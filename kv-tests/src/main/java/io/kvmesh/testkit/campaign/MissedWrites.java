package io.kvmesh.testkit.campaign;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.HintsInfo;
import io.kvmesh.api.HintsInfo.TargetHints;
import io.kvmesh.api.KvException;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import io.kvmesh.testkit.history.History;
import io.kvmesh.testkit.history.Operation;
import io.kvmesh.testkit.history.OperationResult;
import io.kvmesh.testkit.history.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Judges whether hints did their work: what a replica missed it has some time later, though nobody read. Confined to
 * the simulation's thread.
 *
 * <p>That can be said only of runs in which nothing but the network failed, since who crashes may take hints with it
 * that are not written down yet; of runs without hints that expired or found no place; and of keys of which all callers
 * know what became of their writes.
 */
final class MissedWrites {
    private static final String CHECKER = "HintsBringMissedWrites";
    /** A pause between two tries to reach a target takes a minute at most. */
    private static final Duration REPLAY_LIMIT = Duration.ofMinutes(3);

    /** A hint lives by this much shorter than a tombstone. */
    private static final Duration CLOCKS_APART_MAX = Duration.ofSeconds(1);

    private static final int WRITES_SHOWN = 5;

    private final SimCluster cluster;
    private final FaultPlan plan;
    private final boolean hintsAreOn;

    MissedWrites(SimCluster cluster, FaultPlan plan, RunSettings settings) {
        this.cluster = cluster;
        this.plan = plan;
        hintsAreOn = settings.upkeep().hints()
                && !settings.upkeep().repairs()
                && settings.gcGrace().compareTo(CLOCKS_APART_MAX) > 0;
    }

    /** Whether anything can be said of this run. */
    boolean isPossible() {
        return hintsAreOn
                && plan.faults().stream()
                        .allMatch(fault -> fault.kind().group() == FaultKind.Group.NETWORK
                                || fault.kind().group() == FaultKind.Group.MEMBERS);
    }

    /** Lets time pass until all hints are delivered, and compares what each replica has itself. */
    List<Violation> find(History history, Map<String, List<Integer>> replicasOf) {
        if (!isPossible()) {
            return List.of();
        }
        if (!cluster.loop().runUntil(() -> hints().stream().allMatch(MissedWrites::isEmpty), REPLAY_LIMIT)) {
            return List.of(violation("hints are not replayed within " + REPLAY_LIMIT, hintTexts()));
        }
        if (hints().stream().anyMatch(info -> info.expired() + info.dropped() + info.refused() > 0)) {
            return List.of();
        }
        List<Violation> violations = new ArrayList<>();
        Set<String> uncertain = uncertainKeys(history);
        replicasOf.forEach((key, replicas) -> {
            Map<Integer, String> seen = uncertain.contains(key) ? Map.of() : read(key, replicas);
            if (new TreeSet<>(seen.values()).size() > 1) {
                List<String> lines = new ArrayList<>();
                seen.forEach((member, value) -> lines.add("m" + member + " has " + value));
                lines.addAll(lastWrites(history, key));
                cluster.running()
                        .forEach(member -> lines.add("m" + member.index() + ": "
                                + member.store().admin().hints()));
                violations.add(violation("a replica of " + key + " did not get what it missed", lines));
            }
        });
        return violations;
    }

    private static boolean isEmpty(HintsInfo info) {
        return info.targets().isEmpty();
    }

    private List<HintsInfo> hints() {
        return cluster.running().stream()
                .map(member -> member.store().admin().hints())
                .toList();
    }

    private List<String> hintTexts() {
        List<String> texts = new ArrayList<>();
        for (SimMember member : cluster.running()) {
            for (TargetHints target : member.store().admin().hints().targets()) {
                texts.add("m" + member.index() + " keeps " + target);
            }
        }
        return texts;
    }

    private static Set<String> uncertainKeys(History history) {
        return history.operations().stream()
                .filter(operation -> !operation.isRead()
                        && (operation.result() == OperationResult.UNKNOWN
                                || operation.result() == OperationResult.OPEN))
                .map(Operation::key)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<String> lastWrites(History history, String key) {
        List<String> writes = history.byKey().getOrDefault(key, List.of()).stream()
                .filter(operation -> !operation.isRead())
                .map(Operation::toString)
                .toList();
        return writes.subList(Math.max(0, writes.size() - WRITES_SHOWN), writes.size());
    }

    /** A read at ONE on a replica asks nobody else, and repairs nothing. */
    private Map<Integer, String> read(String key, List<Integer> replicas) {
        Map<Integer, String> seen = new TreeMap<>();
        for (int replica : replicas) {
            try {
                String value = cluster.member(replica)
                        .store()
                        .map(Callers.MAP, String.class, String.class)
                        .with(ConsistencyLevel.ONE)
                        .get(key);
                seen.put(replica, value == null ? "no value" : value);
            } catch (KvException e) {
                seen.put(replica, "an error: " + e.getMessage());
            }
        }
        return seen;
    }

    private Violation violation(String what, List<String> lines) {
        return new Violation(CHECKER, what, cluster.loop().nowNanos(), lines);
    }
}
