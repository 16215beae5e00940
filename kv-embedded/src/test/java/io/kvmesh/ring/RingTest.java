package io.kvmesh.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.RandomSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RingTest {
    private static final NodeId ANN = new NodeId(1);
    private static final NodeId BOB = new NodeId(2);
    private static final NodeId CAY = new NodeId(3);

    private final RandomSource random = RandomSource.seeded(11);

    /** Four partitions start at 0, 1/4, 1/2 and 3/4; the first token at or after the start is the first replica's. */
    @Test
    void replicasAreTheDistinctMembersClockwiseFromThePartitionsStart() {
        long quarter = 1L << 62;
        Ring ring = Ring.of(
                new Partitioner(4),
                2,
                Map.of(
                        ANN, List.of(new Token(0, 0), new Token(quarter + 5, 0)),
                        BOB, List.of(new Token(quarter + 6, 0), new Token(-1, -1)),
                        CAY, List.of(new Token(2 * quarter, 0), new Token(2 * quarter, 1))));

        assertThat(ring.replicasOf(0)).containsExactly(ANN, BOB);
        assertThat(ring.replicasOf(1)).containsExactly(ANN, BOB);
        assertThat(ring.replicasOf(2)).as("its start is the token itself").containsExactly(CAY, BOB);
        assertThat(ring.replicasOf(3)).as("over the end of the ring").containsExactly(BOB, ANN);
    }

    @Test
    void behindTheReplicasComeTheOthersInTheOrderOfTheWalk() {
        long quarter = 1L << 62;
        NodeId dan = new NodeId(4);
        NodeId eve = new NodeId(5);
        Ring ring = Ring.of(
                new Partitioner(4),
                2,
                Map.of(
                        ANN, List.of(new Token(1, 0), new Token(2 * quarter + 9, 0)),
                        BOB, List.of(new Token(2, 0)),
                        CAY, List.of(new Token(3, 0), new Token(-1, -1)),
                        dan, List.of(new Token(quarter, 0)),
                        eve, List.of()));

        assertThat(ring.replicasOf(0)).containsExactly(ANN, BOB);
        assertThat(ring.behindReplicas(0, 8)).containsExactly(CAY, dan);
        assertThat(ring.behindReplicas(0, 1)).containsExactly(CAY);
        assertThat(ring.replicasOf(2)).containsExactly(ANN, CAY);
        assertThat(ring.behindReplicas(2, 8)).as("over the end of the ring").containsExactly(BOB, dan);
        Ring small = Ring.of(new Partitioner(4), 2, Map.of(ANN, ring.tokensOf(ANN), BOB, ring.tokensOf(BOB)));
        assertThat(small.behindReplicas(0, 8)).isEmpty();
    }

    @Test
    void everyPartitionHasAsManyDistinctReplicasAsThereCanBe() {
        for (int members = 1; members <= 12; members++) {
            for (int factor = 1; factor <= 5; factor++) {
                Ring ring = Ring.of(new Partitioner(64), factor, randomTokens(members, 8));
                for (int partition = 0; partition < 64; partition++) {
                    List<NodeId> replicas = ring.replicasOf(partition);
                    assertThat(replicas).hasSize(Math.min(factor, members)).doesNotHaveDuplicates();
                    assertThat(ring.members()).containsAll(replicas);
                }
            }
        }
    }

    @Test
    void fewerReplicasAreAPrefixOfMore() {
        NavigableMap<NodeId, List<Token>> tokens = randomTokens(10, 16);
        Ring three = Ring.of(new Partitioner(256), 3, tokens);
        Ring five = Ring.of(new Partitioner(256), 5, tokens);
        for (int partition = 0; partition < 256; partition++) {
            assertThat(five.replicasOf(partition))
                    .startsWith(three.replicasOf(partition).toArray(new NodeId[0]));
        }
    }

    @Test
    void ownershipAddsUpToTheWholeRing() {
        Ring ring = Ring.of(new Partitioner(1024), 3, randomTokens(7, 32));

        assertThat(ring.members().stream().mapToDouble(ring::ownership).sum()).isCloseTo(1.0, within(1e-9));
        assertThat(ring.ownership(new NodeId(999))).isZero();
    }

    /** Removing a member moves only what it held; the others keep their order. */
    @Test
    void aMemberThatLeavesMovesOnlyItsOwnPartitions() {
        NavigableMap<NodeId, List<Token>> tokens = randomTokens(9, 32);
        Ring before = Ring.of(new Partitioner(512), 3, tokens);
        NodeId gone = before.members().get(4);
        tokens.remove(gone);
        Ring after = Ring.of(new Partitioner(512), 3, tokens);

        assertThat(after.contains(gone)).isFalse();
        for (int partition = 0; partition < 512; partition++) {
            List<NodeId> kept = before.replicasOf(partition).stream()
                    .filter(node -> !node.equals(gone))
                    .toList();
            assertThat(after.replicasOf(partition)).startsWith(kept.toArray(new NodeId[0]));
        }
    }

    @Test
    void theOrderInWhichMembersAreGivenDoesNotMatter() {
        NavigableMap<NodeId, List<Token>> tokens = randomTokens(6, 16);
        Map<NodeId, List<Token>> reversed = new LinkedHashMap<>();
        tokens.descendingMap().forEach(reversed::put);

        Ring one = Ring.of(new Partitioner(128), 3, tokens);
        Ring two = Ring.of(new Partitioner(128), 3, reversed);

        for (int partition = 0; partition < 128; partition++) {
            assertThat(one.replicasOf(partition)).isEqualTo(two.replicasOf(partition));
        }
    }

    @Test
    void aContestedTokenBelongsToTheSmallerIdentity() {
        List<Token> contested = List.of(new Token(7, 7));
        Ring ring = Ring.of(new Partitioner(4), 1, Map.of(BOB, contested, ANN, contested));

        assertThat(ring.ownership(ANN)).isEqualTo(1.0);
        assertThat(ring.members()).containsExactly(ANN, BOB);
    }

    @Test
    void identitiesAndTokensAreOrderedUnsigned() {
        assertThat(new Token(-1, 0)).isGreaterThan(new Token(1, 0));
        assertThat(new Token(1, -1)).isGreaterThan(new Token(1, 1));
        assertThat(new Token(0, 255)).hasToString("000000000000000000000000000000ff");
        assertThat(new NodeId(-1)).isGreaterThan(new NodeId(1));
    }

    @Test
    void aRingWithoutTokensHasNoReplicas() {
        Ring empty = Ring.of(new Partitioner(4), 3, Map.of());
        assertThat(empty.replicasOf(3)).isEmpty();
        assertThat(empty.members()).isEmpty();
        assertThat(Ring.of(new Partitioner(4), 3, Map.of(ANN, List.of())).replicasOf(0))
                .isEmpty();
    }

    /** Fair is one share for each; with the defaults no member of ten holds more than a quarter above it. */
    @Test
    void allocatedTokensSpreadTheLoad() {
        for (int seed = 0; seed < 20; seed++) {
            RandomSource seeded = RandomSource.seeded(seed);
            TreeMap<NodeId, List<Token>> tokens = new TreeMap<>();
            for (int i = 0; i < 10; i++) {
                tokens.put(new NodeId(seeded.nextLong()), TokenAllocator.allocate(128, List.of(), seeded));
            }
            Ring ring = Ring.of(new Partitioner(1024), 3, tokens);
            Map<NodeId, Integer> held = new TreeMap<>();
            for (int partition = 0; partition < 1024; partition++) {
                ring.replicasOf(partition).forEach(node -> held.merge(node, 1, Integer::sum));
            }
            double fair = 1024 * 3 / 10.0;
            assertThat(held.values())
                    .allSatisfy(count -> assertThat(count / fair).isBetween(0.75, 1.25));
        }
    }

    @Test
    void allocatedTokensAreOneInEveryArcAndDistinctFromTheKnownOnes() {
        for (int count : new int[] {1, 2, 3, 128, 4096}) {
            List<Token> tokens = TokenAllocator.allocate(count, List.of(), random);
            assertThat(tokens).hasSize(count).isSorted().doesNotHaveDuplicates();
            HashSet<Integer> arcs = new HashSet<>();
            for (Token token : tokens) {
                arcs.add((int) Math.floor(fraction(token) * count));
            }
            assertThat(arcs).hasSize(count);
        }
        List<Token> first = TokenAllocator.allocate(64, List.of(), RandomSource.seeded(5));
        List<Token> second = TokenAllocator.allocate(64, first, RandomSource.seeded(5));
        assertThat(second).doesNotContainAnyElementsOf(first);
    }

    /** The position on the ring from 0 (inclusive) to 1 (exclusive). */
    private static double fraction(Token token) {
        return (token.high() >>> 11) * 0x1.0p-53;
    }

    private NavigableMap<NodeId, List<Token>> randomTokens(int members, int count) {
        TreeMap<NodeId, List<Token>> tokens = new TreeMap<>();
        for (int i = 0; i < members; i++) {
            tokens.put(new NodeId(random.nextLong()), TokenAllocator.allocate(count, List.of(), random));
        }
        return tokens;
    }
}
