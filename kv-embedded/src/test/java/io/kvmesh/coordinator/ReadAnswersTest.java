package io.kvmesh.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.model.Cell;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReadAnswersTest {
    private static final NodeId A = new NodeId(1);
    private static final NodeId B = new NodeId(2);
    private static final NodeId C = new NodeId(3);
    private static final Version OLD = new Version(10, A);
    private static final Version NEW = new Version(20, B);

    private ReadAnswers answers;

    @BeforeEach
    void askTwoOfThree() {
        answers = new ReadAnswers(List.of(A, B, C), List.of(new ReplicaGroup(List.of(A, B, C), 2)));
        assertThat(answers.claimFirst()).containsExactly(A, B);
    }

    @Test
    void equalVersionsSatisfyTheRead() {
        answers.answered(A, NEW, cell(NEW));
        assertThat(answers.hasQuorum()).isFalse();
        answers.answered(B, NEW, null);
        assertThat(answers.hasQuorum()).isTrue();
        assertThat(answers.claimFetch()).isNull();
        assertThat(answers.claimRepairs()).isEmpty();
        assertThat(answers.isSatisfied()).isTrue();
        assertThat(answers.isQuiet()).isTrue();
    }

    @Test
    void absentEverywhereSatisfiesTheRead() {
        answers.answered(A, null, null);
        answers.answered(B, null, null);
        assertThat(answers.isSatisfied()).isTrue();
        assertThat(answers.newest()).isNull();
    }

    @Test
    void aNewerVersionElsewhereIsFetchedThenTheStaleReplicaIsRepaired() {
        answers.answered(A, OLD, cell(OLD));
        answers.answered(B, NEW, null);
        assertThat(answers.claimFetch()).isEqualTo(B);
        assertThat(answers.hasQuorum()).as("B is asked again").isFalse();
        answers.answered(B, NEW, cell(NEW));
        assertThat(answers.claimFetch()).isNull();
        assertThat(answers.claimRepairs()).containsExactly(A);
        assertThat(answers.isSatisfied()).as("only B holds the newest").isFalse();
        assertThat(answers.claimRepairs()).as("a repair is sent once").isEmpty();
        assertThat(answers.unanswered()).containsExactly(A);
        answers.repaired(A, null);
        assertThat(answers.isSatisfied()).isTrue();
        assertThat(answers.isQuiet()).isTrue();
    }

    @Test
    void aReplicaWithoutTheKeyIsRepairedToo() {
        answers.answered(A, NEW, cell(NEW));
        answers.answered(B, null, null);
        assertThat(answers.claimRepairs()).containsExactly(B);
    }

    @Test
    void aRepairThatFindsSomethingNewerEndsTheReadWithTheCellAtHand() {
        Version later = new Version(30, C);
        answers.answered(A, OLD, null);
        answers.answered(B, NEW, cell(NEW));
        assertThat(answers.claimFetch()).isNull();
        assertThat(answers.claimRepairs()).containsExactly(A);
        answers.repaired(A, later);
        assertThat(answers.claimFetch()).as("a later write is not chased").isNull();
        assertThat(answers.isSatisfied()).isTrue();
        assertThat(answers.newest()).isEqualTo(cell(NEW));
    }

    @Test
    void aLaterCellThatArrivesDuringTheRepairDoesNotRestartIt() {
        Version later = new Version(30, C);
        answers.answered(A, OLD, null);
        answers.answered(B, NEW, cell(NEW));
        assertThat(answers.claimFetch()).isNull();
        assertThat(answers.claimRepairs()).containsExactly(A);
        assertThat(answers.claimNext()).isEqualTo(C);
        answers.answered(C, later, cell(later));
        assertThat(answers.newest()).isEqualTo(cell(NEW));
        assertThat(answers.isSatisfied())
                .as("B and C hold the result or something newer")
                .isTrue();
    }

    @Test
    void aFailedReplicaIsReplacedByTheNextOne() {
        assertThat(answers.failed(B)).isTrue();
        assertThat(answers.failed(B)).as("only the first failure counts").isFalse();
        assertThat(answers.isPossible()).isFalse();
        assertThat(answers.claimNext()).isEqualTo(C);
        assertThat(answers.isPossible()).isTrue();
        assertThat(answers.claimNext()).isNull();
    }

    @Test
    void aStaleReplicaWhoseRepairFailedDoesNotCount() {
        answers.answered(A, NEW, cell(NEW));
        answers.answered(B, OLD, null);
        assertThat(answers.claimRepairs()).containsExactly(B);
        answers.failed(B);
        assertThat(answers.isSatisfied()).isFalse();
        assertThat(answers.claimNext()).isEqualTo(C);
        answers.answered(C, NEW, cell(NEW));
        assertThat(answers.isSatisfied()).isTrue();
    }

    @Test
    void everyGroupOfReplicasMustHoldTheNewest() {
        NodeId d = new NodeId(4);
        answers = new ReadAnswers(
                List.of(A, B, C, d), List.of(new ReplicaGroup(List.of(A, B), 1), new ReplicaGroup(List.of(C, d), 1)));
        assertThat(answers.claimFirst()).containsExactly(A, C);
        answers.answered(A, NEW, cell(NEW));
        assertThat(answers.hasQuorum()).isFalse();
        answers.failed(C);
        assertThat(answers.isPossible()).isFalse();
        assertThat(answers.claimNext())
                .as("the group that lacks one comes first")
                .isEqualTo(d);
        assertThat(answers.isPossible()).isTrue();
        answers.answered(d, OLD, null);
        assertThat(answers.hasQuorum()).isTrue();
        assertThat(answers.claimFetch()).isNull();
        assertThat(answers.claimRepairs()).containsExactly(d);
        assertThat(answers.isSatisfied()).isFalse();
        answers.repaired(d, null);
        assertThat(answers.isSatisfied()).isTrue();
        assertThat(answers.claimNext()).isEqualTo(B);
    }

    @Test
    void anAnswerOfAStrangerIsRefused() {
        assertThatThrownBy(() -> answers.answered(new NodeId(9), OLD, null)).hasMessageContaining("not a replica");
    }

    private static Cell cell(Version version) {
        return Cell.of(new byte[] {1}, version);
    }
}
