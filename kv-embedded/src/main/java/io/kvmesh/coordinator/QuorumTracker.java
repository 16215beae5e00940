package io.kvmesh.coordinator;

import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.Invariants;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Counts the answers of the replicas of one operation, for each group of them. The first answer of a replica counts,
 * all later ones are ignored. Not safe for several threads: the operation guards it.
 *
 * <p>With stand-ins, a replica also counts when another member keeps the write for it; as long as that may happen, the
 * operation is not impossible.
 */
final class QuorumTracker {
    private final List<NodeId> replicas;
    private final List<ReplicaGroup> groups;
    private final Answer[] answers;
    private final StandIn[] standIns;
    private int successes;
    private int failures;

    /**
     * @param replicas all that are asked, without duplicates
     * @param groups of these, each of which must be satisfied, and can be
     */
    QuorumTracker(List<NodeId> replicas, List<ReplicaGroup> groups) {
        Invariants.check(!groups.isEmpty(), "there is a group to be satisfied");
        for (ReplicaGroup group : groups) {
            int required = group.required();
            int size = group.replicas().size();
            Invariants.check(required >= 1, "a quorum has at least one replica");
            Invariants.check(required <= size, "required %d exceeds replicas %d", required, size);
            Invariants.check(replicas.containsAll(group.replicas()), "those that count are asked");
        }
        this.replicas = replicas;
        this.groups = groups;
        this.answers = new Answer[replicas.size()];
        this.standIns = new StandIn[replicas.size()];
        Arrays.fill(answers, Answer.PENDING);
        Arrays.fill(standIns, StandIn.NONE);
    }

    /**
     * A tracker for which others may stand in for replicas.
     *
     * @param replicas alive or not
     * @param asked those of them that are asked; the others count as failed
     */
    static QuorumTracker withStandIns(List<NodeId> replicas, List<NodeId> asked, List<ReplicaGroup> groups) {
        QuorumTracker tracker = new QuorumTracker(replicas, groups);
        Arrays.fill(tracker.standIns, StandIn.HOPED);
        for (NodeId replica : replicas) {
            if (!asked.contains(replica)) {
                tracker.recordFailure(replica);
            }
        }
        return tracker;
    }

    Verdict recordSuccess(NodeId replica) {
        if (record(replica, Answer.SUCCEEDED)) {
            successes++;
        }
        return verdict();
    }

    Verdict recordFailure(NodeId replica) {
        if (record(replica, Answer.FAILED)) {
            failures++;
        }
        return verdict();
    }

    /** Another member keeps the write for this replica. */
    Verdict recordStandIn(NodeId replica) {
        return record(replica, StandIn.KEPT);
    }

    /** No other member keeps the write for this replica. */
    Verdict loseStandIn(NodeId replica) {
        return record(replica, StandIn.NONE);
    }

    /** From here on only those stand-ins count that are there already. */
    void loseAllStandIns() {
        for (NodeId replica : replicas) {
            loseStandIn(replica);
        }
    }

    /** How many replicas others stand in for that have not answered themselves. */
    int stoodIn() {
        int stoodIn = 0;
        for (int i = 0; i < answers.length; i++) {
            stoodIn += answers[i] != Answer.SUCCEEDED && standIns[i] == StandIn.KEPT ? 1 : 0;
        }
        return stoodIn;
    }

    /** Whether the replicas alone may still be enough. */
    boolean isPossibleStrictly() {
        for (ReplicaGroup group : groups) {
            if (count(group, Answer.SUCCEEDED) + count(group, Answer.PENDING) < group.required()) {
                return false;
            }
        }
        return true;
    }

    Verdict verdict() {
        boolean reached = true;
        for (ReplicaGroup group : groups) {
            int succeeded = countHeld(group);
            if (succeeded + countOpen(group) < group.required()) {
                return Verdict.IMPOSSIBLE;
            }
            reached &= succeeded >= group.required();
        }
        return reached ? Verdict.REACHED : Verdict.WAITING;
    }

    boolean isComplete() {
        return successes + failures == replicas.size();
    }

    int successes() {
        return successes;
    }

    /** Those that have not answered, in the order of the replicas. */
    List<NodeId> pending() {
        List<NodeId> pending = new ArrayList<>();
        for (int i = 0; i < answers.length; i++) {
            if (answers[i] == Answer.PENDING) {
                pending.add(replicas.get(i));
            }
        }
        return pending;
    }

    private int count(ReplicaGroup group, Answer wanted) {
        int count = 0;
        for (int i = 0; i < answers.length; i++) {
            count += answers[i] == wanted && group.replicas().contains(replicas.get(i)) ? 1 : 0;
        }
        return count;
    }

    private int countHeld(ReplicaGroup group) {
        int held = 0;
        for (int i = 0; i < answers.length; i++) {
            held += isHeld(i) && group.replicas().contains(replicas.get(i)) ? 1 : 0;
        }
        return held;
    }

    private int countOpen(ReplicaGroup group) {
        int open = 0;
        for (int i = 0; i < answers.length; i++) {
            boolean mayBe = answers[i] == Answer.PENDING || standIns[i] == StandIn.HOPED;
            open += mayBe && !isHeld(i) && group.replicas().contains(replicas.get(i)) ? 1 : 0;
        }
        return open;
    }

    private boolean isHeld(int index) {
        return answers[index] == Answer.SUCCEEDED || standIns[index] == StandIn.KEPT;
    }

    private Verdict record(NodeId replica, StandIn standIn) {
        int index = replicas.indexOf(replica);
        if (index >= 0 && standIns[index] == StandIn.HOPED) {
            standIns[index] = standIn;
        }
        return verdict();
    }

    private boolean record(NodeId replica, Answer answer) {
        int index = replicas.indexOf(replica);
        if (index < 0 || answers[index] != Answer.PENDING) {
            return false;
        }
        answers[index] = answer;
        return true;
    }

    /** Where the operation stands. */
    enum Verdict {
        WAITING,
        REACHED,
        /** So many replicas of a group failed that it cannot be satisfied any more. */
        IMPOSSIBLE
    }

    private enum Answer {
        PENDING,
        SUCCEEDED,
        FAILED
    }

    private enum StandIn {
        NONE,
        HOPED,
        KEPT
    }
}
