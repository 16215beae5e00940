package io.kvmesh.ring;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.RandomSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TrialRingTest {
    private final RandomSource random = RandomSource.seeded(17);

    /** What it tells of a token, and how it counts once the token is there, agree with rings built from nothing. */
    @Test
    void tellsAndCountsWhatARingThatIsBuiltAnewShows() {
        for (int round = 0; round < 200; round++) {
            Partitioner partitioner = new Partitioner(1 << random.nextInt(6));
            Replication replication = random.chance(0.7)
                    ? Replication.of(1 + random.nextInt(4))
                    : Replication.perDataCenter(Map.of("dc0", 1 + random.nextInt(3), "dc1", 2));
            List<RingMember> members = members(1 + random.nextInt(8));
            RingMember self = members.get(random.nextInt(members.size()));
            TrialRing trial = new TrialRing(partitioner, replication, members, self);
            for (int token = 0; token < 8; token++) {
                long position = random.nextLong();
                Ring before = Ring.of(partitioner, replication, members);
                List<Token> more = new ArrayList<>(self.tokens());
                more.add(new Token(position, 0));
                int number = members.indexOf(self);
                self = self.withTokens(more);
                members.set(number, self);
                Ring after = Ring.of(partitioner, replication, members);

                assertThat(told(trial, position, members)).isEqualTo(difference(before, after));
                trial.add(position);
                for (int i = 0; i < members.size(); i++) {
                    NodeId node = members.get(i).node();
                    assertThat(trial.held(i)).isEqualTo(after.held(node));
                    assertThat(trial.first(i))
                            .isEqualTo((int) Math.round(after.ownership(node) * partitioner.partitions()));
                }
            }
        }
    }

    @Test
    void refusesAPositionThatIsTaken() {
        List<RingMember> members = members(3);
        long taken = members.get(0).tokens().get(0).high();
        TrialRing trial = new TrialRing(new Partitioner(8), Replication.of(2), members, members.get(1));
        assertThat(trial.tryAt(taken, (losing, firstLosing) -> {})).isFalse();
        assertThat(trial.tryAt(taken + 1, (losing, firstLosing) -> {})).isTrue();
    }

    /** How many partitions each member would lose, and of how many it would be the first replica no more. */
    private static Map<String, Integer> told(TrialRing trial, long position, List<RingMember> members) {
        Map<String, Integer> lost = new TreeMap<>();
        assertThat(trial.tryAt(position, (losing, firstLosing) -> {
                    if (losing >= 0) {
                        lost.merge("copy of " + members.get(losing).node(), 1, Integer::sum);
                    }
                    if (firstLosing >= 0) {
                        lost.merge("first of " + members.get(firstLosing).node(), 1, Integer::sum);
                    }
                }))
                .isTrue();
        return lost;
    }

    private static Map<String, Integer> difference(Ring before, Ring after) {
        Map<String, Integer> lost = new TreeMap<>();
        for (int partition = 0; partition < before.partitioner().partitions(); partition++) {
            List<NodeId> had = before.replicasOf(partition);
            List<NodeId> has = after.replicasOf(partition);
            for (NodeId node : had) {
                if (!has.contains(node)) {
                    lost.merge("copy of " + node, 1, Integer::sum);
                }
            }
            if (!had.isEmpty() && !had.get(0).equals(has.get(0))) {
                lost.merge("first of " + had.get(0), 1, Integer::sum);
            }
        }
        return lost;
    }

    private List<RingMember> members(int count) {
        List<RingMember> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<Token> tokens = TokenAllocator.allocate(1 + random.nextInt(5), List.of(), random);
            String rack = "rack" + random.nextInt(3);
            members.add(new RingMember(new NodeId(i + 1), 1, "dc" + random.nextInt(2), rack, tokens));
        }
        return members;
    }
}
