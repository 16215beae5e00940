package io.kvmesh.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.NodeId;
import io.kvmesh.repair.RepairPlan.Leg;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.Token;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RepairPlanTest {
    private static final NodeId ANN = new NodeId(1);
    private static final NodeId BOB = new NodeId(2);
    private static final NodeId CAY = new NodeId(3);
    private static final long QUARTER = 1L << 62;

    /** Partitions 0 and 1 are on Ann and Bob, partition 2 on Cay and Bob, partition 3 on Bob and Ann. */
    private static Ring ring() {
        return Ring.of(
                new Partitioner(4),
                2,
                Map.of(
                        ANN, List.of(new Token(0, 0), new Token(QUARTER + 5, 0)),
                        BOB, List.of(new Token(QUARTER + 6, 0), new Token(-1, -1)),
                        CAY, List.of(new Token(1L << 63, 0), new Token(1L << 63, 1))));
    }

    private static Key key(int partition, int... user) {
        byte[] bytes = new byte[user.length];
        for (int i = 0; i < user.length; i++) {
            bytes[i] = (byte) user[i];
        }
        return Key.of(partition, bytes);
    }

    @Test
    void eachOtherReplicaIsAskedForAllThatItHolds() {
        KeySpan damaged = new KeySpan(key(0, 5), key(3, 9));
        RepairPlan plan = RepairPlan.of(List.of(damaged), BOB, ring(), Set.of());
        assertThat(plan.unheld()).isNull();
        assertThat(plan.legs())
                .containsExactly(
                        new Leg(ANN, new KeySpan(key(0, 5), key(2))),
                        new Leg(ANN, new KeySpan(key(3), key(3, 9))),
                        new Leg(CAY, KeySpan.ofPartitions(2, 2)));
    }

    @Test
    void aSpanThatEndsWhereAPartitionBeginsDoesNotReachIntoIt() {
        RepairPlan plan = RepairPlan.of(List.of(new KeySpan(key(1, 1), key(2))), BOB, ring(), Set.of());
        assertThat(plan.legs()).containsExactly(new Leg(ANN, new KeySpan(key(1, 1), key(2))));
    }

    @Test
    void allOfAMapIsAllOfItsPartitions() {
        RepairPlan plan = RepairPlan.of(List.of(KeySpan.ALL), CAY, ring(), Set.of());
        assertThat(plan.unheld()).isNull();
        // Also what Cay does not hold by now: it may be what the ring once gave to it.
        assertThat(plan.legs())
                .containsExactly(
                        new Leg(ANN, KeySpan.ofPartitions(0, 1)),
                        new Leg(ANN, KeySpan.ofPartitions(3, 3)),
                        new Leg(BOB, KeySpan.ofPartitions(0, 3)));
    }

    @Test
    void severalSpansStayApart() {
        List<KeySpan> damaged = List.of(new KeySpan(key(0, 1), key(0, 2)), new KeySpan(key(0, 7), key(0, 8)));
        RepairPlan plan = RepairPlan.of(damaged, ANN, ring(), Set.of());
        assertThat(plan.legs()).containsExactly(new Leg(BOB, damaged.get(0)), new Leg(BOB, damaged.get(1)));
    }

    @Test
    void aPartitionThatNobodyElseHoldsIsNamed() {
        Ring alone = Ring.of(new Partitioner(4), 3, Map.of(ANN, List.of(new Token(0, 0))));
        RepairPlan plan = RepairPlan.of(List.of(new KeySpan(key(2, 1), key(2, 2))), ANN, alone, Set.of());
        assertThat(plan.legs()).isEmpty();
        assertThat(plan.unheld()).isEqualTo(2);
    }
}
