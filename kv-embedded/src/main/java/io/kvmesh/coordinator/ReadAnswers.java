package io.kvmesh.coordinator;

import io.kvmesh.model.Cell;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the replicas of one read have told so far, and what follows from it. Pure bookkeeping: nothing is sent from
 * here. Not safe for several threads: the round guards it.
 */
final class ReadAnswers {
    private final List<Answer> answers;
    private final List<ReplicaGroup> groups;
    private @Nullable Cell newest;
    /** Whether the result is fixed. Chasing later writes of a busy key would never end. */
    private boolean settled;

    /**
     * @param replicas those that may be asked, in the order of preference
     * @param groups of these; the R replicas of a read are the required ones of each
     */
    ReadAnswers(List<NodeId> replicas, List<ReplicaGroup> groups) {
        this.groups = groups;
        this.answers = new ArrayList<>(replicas.size());
        for (NodeId replica : replicas) {
            answers.add(new Answer(replica));
        }
    }

    /**
     * The newest cell that any replica sent until the result was fixed; null while none did, or if none has one. It is
     * at least as new as every version that the first R replicas told of, which is all that a read promises.
     */
    @Nullable
    Cell newest() {
        return newest;
    }

    /** Takes those that are asked at first: of each group as many as it requires. */
    List<NodeId> claimFirst() {
        List<NodeId> first = new ArrayList<>(answers.size());
        for (Answer answer : answers) {
            if (answer.state == State.NOT_ASKED && isIn(answer, this::isShortOfAsked)) {
                answer.state = State.ASKED;
                first.add(answer.replica);
            }
        }
        return first;
    }

    /** A replica told its version (null if it has nothing), and perhaps its cell. */
    void answered(NodeId replica, @Nullable Version version, @Nullable Cell cell) {
        Answer answer = of(replica);
        answer.state = State.ANSWERED;
        answer.version = version;
        if (cell != null && !settled && (newest == null || cell.version().isNewerThan(newest.version()))) {
            newest = cell;
        }
    }

    /** A replica stored the repair, or told that it holds something newer by now. */
    void repaired(NodeId replica, @Nullable Version newerThere) {
        Cell sent = newest;
        if (sent != null) {
            of(replica).version = newerThere != null ? newerThere : sent.version();
        }
    }

    /** Returns false if the replica had failed before. */
    boolean failed(NodeId replica) {
        Answer answer = of(replica);
        boolean first = answer.state != State.FAILED;
        answer.state = State.FAILED;
        answer.version = null;
        return first;
    }

    boolean isRepairing(NodeId replica) {
        return of(replica).repairSent;
    }

    /** Takes the next replica that was not asked yet, of a group that needs it most. */
    @Nullable
    NodeId claimNext() {
        Answer next = notAsked(this::isShortOfAsked);
        next = next != null ? next : notAsked(group -> count(group, State.ANSWERED) < group.required());
        next = next != null ? next : notAsked(group -> true);
        if (next == null) {
            return null;
        }
        next.state = State.ASKED;
        return next.replica;
    }

    private @Nullable Answer notAsked(Predicate<ReplicaGroup> wanted) {
        for (Answer answer : answers) {
            if (answer.state == State.NOT_ASKED && isIn(answer, wanted)) {
                return answer;
            }
        }
        return null;
    }

    private boolean isIn(Answer answer, Predicate<ReplicaGroup> wanted) {
        for (ReplicaGroup group : groups) {
            if (group.replicas().contains(answer.replica) && wanted.test(group)) {
                return true;
            }
        }
        return false;
    }

    /** Whether R replicas have answered. */
    boolean hasQuorum() {
        for (ReplicaGroup group : groups) {
            if (count(group, State.ANSWERED) < group.required()) {
                return false;
            }
        }
        return true;
    }

    /** Whether the required number can still be reached by those that were asked. */
    boolean isPossible() {
        for (ReplicaGroup group : groups) {
            if (isShortOfAsked(group)) {
                return false;
            }
        }
        return true;
    }

    private boolean isShortOfAsked(ReplicaGroup group) {
        return count(group, State.ANSWERED) + count(group, State.ASKED) < group.required();
    }

    /**
     * Takes the replica whose cell must be fetched, since its version is newer than the newest cell at hand. Null if
     * the newest cell is at hand; it is the result from then on, even if replicas tell of newer ones while it is
     * repaired. Called once R replicas have answered.
     */
    @Nullable
    NodeId claimFetch() {
        if (settled) {
            return null;
        }
        Answer ahead = null;
        Version aheadVersion = newest == null ? null : newest.version();
        for (Answer answer : answers) {
            Version version = answer.version;
            if (answer.state == State.ANSWERED
                    && version != null
                    && (aheadVersion == null || version.isNewerThan(aheadVersion))) {
                ahead = answer;
                aheadVersion = version;
            }
        }
        if (ahead == null) {
            settled = true;
            return null;
        }
        ahead.state = State.ASKED;
        return ahead.replica;
    }

    /** Takes the replicas that answered and hold something older than the newest cell, once each. */
    List<NodeId> claimRepairs() {
        List<NodeId> stale = List.of();
        for (Answer answer : answers) {
            if (answer.state == State.ANSWERED && !answer.repairSent && !holdsNewest(answer)) {
                answer.repairSent = true;
                stale = stale.isEmpty() ? new ArrayList<>() : stale;
                stale.add(answer.replica);
            }
        }
        return stale;
    }

    /** Whether enough replicas are known to hold the newest cell, so that the read may end. */
    boolean isSatisfied() {
        for (ReplicaGroup group : groups) {
            if (holding(group) < group.required()) {
                return false;
            }
        }
        return true;
    }

    private int holding(ReplicaGroup group) {
        int holding = 0;
        for (Answer answer : answers) {
            boolean holds = answer.state == State.ANSWERED && holdsNewest(answer);
            holding += holds && group.replicas().contains(answer.replica) ? 1 : 0;
        }
        return holding;
    }

    /** Whether no answer and no repair is awaited any more. */
    boolean isQuiet() {
        return unanswered().isEmpty();
    }

    /** Those whose answer or repair is awaited. */
    List<NodeId> unanswered() {
        List<NodeId> unanswered = List.of();
        for (Answer answer : answers) {
            boolean repairing = answer.state == State.ANSWERED && answer.repairSent && !holdsNewest(answer);
            if (answer.state == State.ASKED || repairing) {
                unanswered = unanswered.isEmpty() ? new ArrayList<>() : unanswered;
                unanswered.add(answer.replica);
            }
        }
        return unanswered;
    }

    private boolean holdsNewest(Answer answer) {
        return newest == null || (answer.version != null && answer.version.compareTo(newest.version()) >= 0);
    }

    private int count(ReplicaGroup group, State state) {
        int count = 0;
        for (Answer answer : answers) {
            count += answer.state == state && group.replicas().contains(answer.replica) ? 1 : 0;
        }
        return count;
    }

    private Answer of(NodeId replica) {
        for (Answer answer : answers) {
            if (answer.replica.equals(replica)) {
                return answer;
            }
        }
        throw new IllegalArgumentException(replica + " is not a replica of this key");
    }

    private enum State {
        NOT_ASKED,
        ASKED,
        ANSWERED,
        FAILED
    }

    private static final class Answer {
        final NodeId replica;
        State state = State.NOT_ASKED;

        @Nullable
        Version version;

        boolean repairSent;

        Answer(NodeId replica) {
            this.replica = replica;
        }
    }
}
