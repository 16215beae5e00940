package io.kvmesh.coordinator;

import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.Invariants;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Counts the answers of the replicas of one operation. The first answer of a replica counts, all later ones are
 * ignored. Not safe for several threads: the operation guards it.
 */
final class QuorumTracker {
    private final List<NodeId> replicas;
    private final int required;
    private final Answer[] answers;
    private int successes;
    private int failures;

    /** @param replicas all that are asked, without duplicates, at least as many as required */
    QuorumTracker(List<NodeId> replicas, int required) {
        Invariants.check(required >= 1, "a quorum has at least one replica");
        Invariants.check(required <= replicas.size(), "required %d exceeds replicas %d", required, replicas.size());
        this.replicas = replicas;
        this.required = required;
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
        if (successes >= required) {
            return Verdict.REACHED;
        }
        return replicas.size() - failures < required ? Verdict.IMPOSSIBLE : Verdict.WAITING;
    }

    boolean isComplete() {
        return successes + failures == replicas.size();
    }

    int successes() {
        return successes;
    }

    int required() {
        return required;
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
        /** So many replicas failed that the required number cannot be reached any more. */
        IMPOSSIBLE
    }

    private enum Answer {
        PENDING,
        SUCCEEDED,
        FAILED
    }
}
