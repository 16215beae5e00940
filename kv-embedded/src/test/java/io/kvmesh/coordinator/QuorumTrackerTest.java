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

    @Test
    void twoOfThreeReachAQuorum() {
        QuorumTracker tracker = new QuorumTracker(List.of(A, B, C), 2);
        assertThat(tracker.recordSuccess(A)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.recordFailure(B)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.recordSuccess(C)).isEqualTo(Verdict.REACHED);
        assertThat(tracker.isComplete()).isTrue();
    }

    @Test
    void twoFailuresOfThreeMakeAQuorumImpossible() {
        QuorumTracker tracker = new QuorumTracker(List.of(A, B, C), 2);
        assertThat(tracker.recordFailure(A)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.recordFailure(C)).isEqualTo(Verdict.IMPOSSIBLE);
        assertThat(tracker.pending()).containsExactly(B);
    }

    @Test
    void aReplicaCountsOnceHoweverOftenItAnswers() {
        QuorumTracker tracker = new QuorumTracker(List.of(A, B, C), 2);
        tracker.recordSuccess(A);
        assertThat(tracker.recordSuccess(A)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.recordFailure(A)).isEqualTo(Verdict.WAITING);
        assertThat(tracker.successes()).isEqualTo(1);
    }

    @Test
    void aStrangerDoesNotCount() {
        QuorumTracker tracker = new QuorumTracker(List.of(A, B), 1);
        assertThat(tracker.recordSuccess(C)).isEqualTo(Verdict.WAITING);
    }

    @Test
    void aQuorumThatCannotBeReachedIsAMistakeOfOurs() {
        assertThatThrownBy(() -> new QuorumTracker(List.of(A, B), 3)).hasMessageContaining("required 3 exceeds");
        assertThatThrownBy(() -> new QuorumTracker(List.of(A, B), 0)).isInstanceOf(IllegalStateException.class);
    }
}
