package io.kvmesh.coordinator;

import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.Invariants;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Counts the answers of the replicas of one operation, for each group of them. The first answer of a replica counts,
 * all later ones are ignored. Not safe for several threads: the operation guards it.
 */
final class QuorumTracker {
    private final List<NodeId> replicas;
    private final List<ReplicaGroup> groups;
    private final Answer[] answers;
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
        Arrays.fill(answers, Answer.PENDING);
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

    Verdict verdict() {
        boolean reached = true;
        for (ReplicaGroup group : groups) {
            int succeeded = count(group, Answer.SUCCEEDED);
            if (succeeded + count(group, Answer.PENDING) < group.required()) {
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
}
