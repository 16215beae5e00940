package io.kvmesh.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.coordinator.QuorumTracker.Verdict;
import io.kvmesh.model.NodeId;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuorumTrackerTest {
    private static final NodeId A = new NodeId(1);
    private static final NodeId B = new NodeId(2);
    private static final NodeId C = new NodeId(3);
    private static final NodeId D = new NodeId(4);

    private static QuorumTracker tracker(int required, NodeId... replicas) {
        return new QuorumTracker(List.of(replicas), List.of(new ReplicaGroup(List.of(replicas), required)));
    }

    @Test
    void twoOfThreeReachAQuorum() {
        QuorumTracker tracker = tracker(2, A, B, C);
        assertThat(tracker.recordSuccess(A)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.recordFailure(B)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.recordSuccess(C)).isEqualTo(Verdict.REACHED);
        assertThat(tracker.isComplete()).isTrue();
    }

    @Test
    void twoFailuresOfThreeMakeAQuorumImpossible() {
        QuorumTracker tracker = tracker(2, A, B, C);
        assertThat(tracker.recordFailure(A)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.recordFailure(C)).isEqualTo(Verdict.IMPOSSIBLE);
        assertThat(tracker.pending()).containsExactly(B);
    }

    @Test
    void aReplicaCountsOnceHoweverOftenItAnswers() {
        QuorumTracker tracker = tracker(2, A, B, C);
        tracker.recordSuccess(A);
        assertThat(tracker.recordSuccess(A)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.recordFailure(A)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.successes()).isEqualTo(1);
    }

    @Test
    void aStrangerDoesNotCount() {
        QuorumTracker tracker = tracker(1, A, B);
        assertThat(tracker.recordSuccess(C)).isEqualTo(Verdict.WAITING);
    }

    @Test
    void aQuorumThatCannotBeReachedIsAMistakeOfOurs() {
        assertThatThrownBy(() -> tracker(3, A, B)).hasMessageContaining("required 3 exceeds");
        assertThatThrownBy(() -> tracker(0, A, B)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void everyGroupMustBeSatisfied() {
        QuorumTracker tracker = new QuorumTracker(
                List.of(A, B, C, D),
                List.of(new ReplicaGroup(List.of(A, B, C), 2), new ReplicaGroup(List.of(B, C, D), 2)));
        tracker.recordSuccess(A);
        assertThat(tracker.recordSuccess(B)).as("the second one lacks one").isEqualTo(Verdict.WAITING);
        assertThat(tracker.recordFailure(C)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.recordSuccess(D)).isEqualTo(Verdict.REACHED);
    }

    @Test
    void oneGroupThatCannotBeSatisfiedIsEnoughForFailure() {
        QuorumTracker tracker = new QuorumTracker(
                List.of(A, B, C), List.of(new ReplicaGroup(List.of(A, B), 1), new ReplicaGroup(List.of(C), 1)));
        tracker.recordSuccess(A);
        tracker.recordSuccess(B);
        assertThat(tracker.recordFailure(C)).isEqualTo(Verdict.IMPOSSIBLE);
    }

    @Test
    void aGroupOfStrangersIsAMistakeOfOurs() {
        List<ReplicaGroup> groups = List.of(new ReplicaGroup(List.of(C), 1));
        assertThatThrownBy(() -> new QuorumTracker(List.of(A, B), groups)).hasMessageContaining("are asked");
    }

    @Test
    void anotherMemberCountsForAReplicaThatFailed() {
        QuorumTracker tracker = withStandIns(2, List.of(A, B), A, B, C);
        assertThat(tracker.isPossibleStrictly()).isTrue();
        assertThat(tracker.recordFailure(A)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.isPossibleStrictly()).isFalse();
        assertThat(tracker.recordStandIn(C)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.stoodIn()).isEqualTo(1);
        assertThat(tracker.recordSuccess(B)).isEqualTo(Verdict.REACHED);
        assertThat(tracker.successes()).isEqualTo(1);
        assertThat(tracker.isComplete()).isTrue();
    }

    @Test
    void aReplicaCountsOnceAlsoIfAnotherMemberStandsInForIt() {
        QuorumTracker tracker = withStandIns(2, List.of(A, B, C), A, B, C);
        tracker.recordSuccess(A);
        assertThat(tracker.recordStandIn(A)).isEqualTo(Verdict.WAITING);
        tracker.recordStandIn(B);
        assertThat(tracker.recordSuccess(B)).isEqualTo(Verdict.REACHED);
        assertThat(tracker.stoodIn()).isZero();
        assertThat(tracker.pending()).containsExactly(C);
    }

    @Test
    void aQuorumIsImpossibleOnceNobodyStandsInAnyMore() {
        QuorumTracker tracker = withStandIns(2, List.of(A), A, B, C);
        assertThat(tracker.recordFailure(A)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.loseStandIn(B)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.loseStandIn(C)).isEqualTo(Verdict.IMPOSSIBLE);
        assertThat(tracker.recordStandIn(C)).isEqualTo(Verdict.IMPOSSIBLE);
    }

    @Test
    void whoStandsInAlreadyCountsWhenNobodyElseMay() {
        QuorumTracker tracker = withStandIns(2, List.of(A), A, B, C);
        tracker.recordStandIn(B);
        tracker.loseAllStandIns();
        assertThat(tracker.verdict()).isEqualTo(Verdict.WAITING);
        assertThat(tracker.recordSuccess(A)).isEqualTo(Verdict.REACHED);
    }

    private static QuorumTracker withStandIns(int required, List<NodeId> asked, NodeId... replicas) {
        List<NodeId> all = List.of(replicas);
        return QuorumTracker.withStandIns(all, asked, List.of(new ReplicaGroup(all, required)));
    }
}
