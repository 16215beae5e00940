package io.kvmesh.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.RandomSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenAllocatorTest {
    private static final int PARTITIONS = 1_024;

    private final RandomSource random = RandomSource.seeded(3);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aRingThatGrowsToAHundredMembersIsEvenAllTheWayAndMovesNoMoreThanItMust(long seed) {
        RandomSource seeded = RandomSource.seeded(seed);
        List<RingMember> members = new ArrayList<>();
        for (int size = 1; size <= 100; size++) {
            Ring before = ring(members);
            RingMember joining = join(before, plain(seeded.nextLong()), 128, seeded);
            members.add(joining);
            Ring after = ring(members);
            double fair = 3.0 * PARTITIONS / Math.max(3, size);
            for (RingMember member : members) {
                assertThat(after.held(member.node())).as("%d members", size).isLessThanOrEqualTo((int) (1.10 * fair));
            }
            assertThat((double) after.held(joining.node())).isLessThanOrEqualTo(1.05 * fair);
            assertThat(movedBetweenOthers(before, after, joining.node())).isZero();
        }
    }

    @Test
    void whatAMemberHeldGoesToOthersAndNothingElseMovesWhenItLeaves() {
        List<RingMember> members = grow(20, index -> plain(random.nextLong()));
        Ring before = ring(members);
        RingMember leaving = members.remove(7);
        Ring after = ring(members);
        int moved = 0;
        for (RingMember member : members) {
            assertThat(after.held(member.node())).isGreaterThanOrEqualTo(before.held(member.node()));
            moved += after.held(member.node()) - before.held(member.node());
        }
        assertThat(moved).isEqualTo(before.held(leaving.node()));
    }

    @Test
    void aHeavyMemberHoldsAsMuchMoreAsItsWeightSays() {
        List<RingMember> members = grow(
                12,
                index -> new RingMember(
                        new NodeId(random.nextLong()), index % 3 == 0 ? 2 : 1, "dc1", "rack1", List.of()));
        Ring ring = ring(members);
        for (RingMember member : members) {
            double fair = 3.0 * PARTITIONS * member.weight() / 16;
            assertThat(ring.held(member.node()) / fair).isCloseTo(1, within(0.10));
        }
    }

    @Test
    void racksOfEqualSizeAreEvenToo() {
        List<RingMember> members = grow(
                15, index -> new RingMember(new NodeId(random.nextLong()), 1, "dc1", "rack" + index % 5, List.of()));
        Ring ring = ring(members);
        for (RingMember member : members) {
            assertThat(ring.held(member.node()) / (3.0 * PARTITIONS / 15)).isCloseTo(1, within(0.10));
        }
    }

    @Test
    void tokensAreDistinctAndAscendingAndFollowFromTheSeed() {
        List<RingMember> members = grow(5, index -> plain(index + 1));
        RingMember joining = plain(99);
        List<Token> first = TokenAllocator.allocate(64, ring(members), joining, RandomSource.seeded(5));
        assertThat(first)
                .hasSize(64)
                .doesNotHaveDuplicates()
                .isSorted()
                .isEqualTo(TokenAllocator.allocate(64, ring(members), joining, RandomSource.seeded(5)));
        members.forEach(member -> assertThat(first).doesNotContainAnyElementsOf(member.tokens()));
    }

    @Test
    void aRingWithoutTokensAndOneOfASinglePartitionTakeMembers() {
        assertThat(TokenAllocator.allocate(4, ring(List.of()), plain(1), random))
                .hasSize(4);
        Ring tiny = Ring.of(new Partitioner(1), 3, Map.of(new NodeId(1), List.of(new Token(0, 0))));
        assertThat(TokenAllocator.allocate(4, tiny, plain(2), random)).hasSize(4);
    }

    @Test
    void aMemberInADataCentreWithoutCopiesGetsTokensThatChangeNothing() {
        Ring east = Ring.of(
                new Partitioner(64),
                Replication.perDataCenter(Map.of("east", 1)),
                List.of(new RingMember(new NodeId(1), 1, "east", "a", List.of(new Token(7, 0)))));
        RingMember west = new RingMember(new NodeId(2), 1, "west", "a", List.of());
        assertThat(TokenAllocator.allocate(8, east, west, random)).hasSize(8);
    }

    private List<RingMember> grow(int count, IntFunction<RingMember> made) {
        List<RingMember> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(join(ring(members), made.apply(i), 128, random));
        }
        return members;
    }

    private static RingMember join(Ring ring, RingMember member, int vnodes, RandomSource random) {
        int count = (int) Math.round(vnodes * member.weight());
        return member.withTokens(TokenAllocator.allocate(count, ring, member, random));
    }

    private static RingMember plain(long id) {
        return RingMember.of(new NodeId(id), List.of());
    }

    private static Ring ring(List<RingMember> members) {
        return Ring.of(new Partitioner(PARTITIONS), Replication.of(3), members);
    }

    private static int movedBetweenOthers(Ring before, Ring after, NodeId joining) {
        int moved = 0;
        for (int partition = 0; partition < PARTITIONS; partition++) {
            for (NodeId node : after.replicasOf(partition)) {
                moved += node.equals(joining) || before.replicasOf(partition).contains(node) ? 0 : 1;
            }
        }
        return moved;
    }
}
