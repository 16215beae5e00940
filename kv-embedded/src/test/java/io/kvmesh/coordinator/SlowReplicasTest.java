package io.kvmesh.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.NodeId;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlowReplicasTest {
    private static final NodeId A = new NodeId(1);
    private static final NodeId B = new NodeId(2);
    private static final NodeId C = new NodeId(3);
    private static final long NOW_NANOS = Long.MAX_VALUE - 5;

    private final SlowReplicas slow = new SlowReplicas();

    @Test
    void theOrderStaysWhileNoneIsSlow() {
        assertThat(slow.ordered(List.of(B, A, C), NOW_NANOS)).containsExactly(B, A, C);
    }

    @Test
    void aSlowReplicaIsAskedLastForAWhile() {
        slow.mark(List.of(B), NOW_NANOS);
        assertThat(slow.ordered(List.of(A, B, C), NOW_NANOS)).containsExactly(A, C, B);
        long laterNanos = NOW_NANOS + SlowReplicas.ASKED_LAST_NANOS;
        assertThat(slow.ordered(List.of(A, B, C), laterNanos - 1)).containsExactly(A, C, B);
        assertThat(slow.ordered(List.of(A, B, C), laterNanos)).containsExactly(A, B, C);
    }

    @Test
    void whenAllAreSlowAllAreStillAsked() {
        slow.mark(List.of(A, B, C), NOW_NANOS);
        assertThat(slow.ordered(List.of(C, A, B), NOW_NANOS)).containsExactly(C, A, B);
    }

    @Test
    void thoseThatWereNotSlowAreChosenInTurn() {
        assertThat(slow.choose(List.of(A, B, C), slow.nextTurn(), NOW_NANOS)).isEqualTo(A);
        assertThat(slow.choose(List.of(A, B, C), slow.nextTurn(), NOW_NANOS)).isEqualTo(B);
        slow.mark(List.of(C), NOW_NANOS);
        assertThat(slow.choose(List.of(A, B, C), slow.nextTurn(), NOW_NANOS)).isEqualTo(A);
        assertThat(slow.choose(List.of(C), slow.nextTurn(), NOW_NANOS)).isEqualTo(C);
        assertThat(slow.choose(List.of(A, B), Integer.MIN_VALUE + 1, NOW_NANOS)).isEqualTo(B);
    }
}
