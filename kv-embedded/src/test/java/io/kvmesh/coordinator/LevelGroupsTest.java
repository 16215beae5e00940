package io.kvmesh.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.MemberState;
import io.kvmesh.coordinator.QuorumTracker.Verdict;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Replication;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.RingMember;
import io.kvmesh.ring.Token;
import io.kvmesh.transport.PeerAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which answers satisfy which level, compared with a plain model, for all sets of replicas that may answer. */
class LevelGroupsTest {
    private static final int REPLICAS_MAX = 5;
    private static final int DATA_CENTERS_MAX = 3;

    private static NodeId node(int dataCenter, int replica) {
        return new NodeId(10L * dataCenter + replica + 1);
    }

    private static String name(int dataCenter) {
        return "dc" + dataCenter;
    }

    /** A ring with so many replicas in each data centre; member 1 is in data centre 0. */
    private static Ring ring(boolean perDataCenter, int... replicas) {
        List<RingMember> members = new ArrayList<>();
        Map<String, Integer> factors = new TreeMap<>();
        int total = 0;
        for (int i = 0; i < replicas.length; i++) {
            factors.put(name(i), replicas[i]);
            total += replicas[i];
            for (int j = 0; j < replicas[i]; j++) {
                members.add(new RingMember(
                        node(i, j),
                        1,
                        name(i),
                        "rack",
                        List.of(new Token(node(i, j).value(), 0))));
            }
        }
        Replication replication = perDataCenter ? Replication.perDataCenter(factors) : Replication.of(total);
        return Ring.of(new Partitioner(1), replication, members);
    }

    private static ClusterView view(Ring ring, Ring other, Set<NodeId> alive) {
        TreeMap<NodeId, ClusterView.Member> members = new TreeMap<>();
        for (NodeId node : alive) {
            members.put(node, new ClusterView.Member(node, 1, new PeerAddress("h", 1), MemberState.ALIVE, 0));
        }
        return new ClusterView(node(0, 0), new RingEpoch(1, 1), ring, other, members);
    }

    /** What each level promises, said as plainly as can be. */
    private static boolean isEnough(ConsistencyLevel level, Ring ring, Set<NodeId> answered) {
        List<NodeId> replicas = ring.replicasOf(0);
        boolean apart = ring.replication().isPerDataCenter();
        int all = replicas.size();
        long here = inside(ring, replicas, name(0));
        long answeredAll = answered.stream().filter(replicas::contains).count();
        long answeredHere = inside(ring, answered, name(0));
        return switch (level) {
            case ANY, ONE -> answeredAll >= 1;
            case TWO -> answeredAll >= 2;
            case THREE -> answeredAll >= 3;
            case LOCAL_ONE -> (apart ? answeredHere : answeredAll) >= 1;
            case QUORUM -> 2 * answeredAll > all;
            case LOCAL_QUORUM -> apart ? 2 * answeredHere > here : 2 * answeredAll > all;
            case EACH_QUORUM ->
                apart
                        ? ring.replication().byDataCenter().keySet().stream()
                                .allMatch(name -> 2 * inside(ring, answered, name) > inside(ring, replicas, name))
                        : 2 * answeredAll > all;
            case ALL -> answeredAll == all;
        };
    }

    private static long inside(Ring ring, Iterable<NodeId> nodes, String dataCenter) {
        long inside = 0;
        for (NodeId node : nodes) {
            RingMember member = ring.member(node);
            inside += member != null && member.dataCenter().equals(dataCenter) ? 1 : 0;
        }
        return inside;
    }

    @ParameterizedTest
    @EnumSource(ConsistencyLevel.class)
    void aLevelIsReachedByThoseAnswersThatTheModelTakes(ConsistencyLevel level) {
        int checked = 0;
        for (boolean apart : new boolean[] {true, false}) {
            for (int dataCenters = 1; dataCenters <= DATA_CENTERS_MAX; dataCenters++) {
                for (int replicas = 1; replicas <= REPLICAS_MAX; replicas++) {
                    int[] factors = new int[dataCenters];
                    for (int i = 0; i < dataCenters; i++) {
                        // Not all data centres have the same number.
                        factors[i] = Math.max(1, replicas - i);
                    }
                    checked += check(level, ring(apart, factors));
                }
            }
        }
        assertThat(checked).isGreaterThan(1_000);
    }

    private static int check(ConsistencyLevel level, Ring ring) {
        List<NodeId> replicas = ring.replicasOf(0);
        ReplicaPlan plan = ReplicaPlan.ofWrite(view(ring, ring, new TreeSet<>(replicas)), 0, level);
        assertThat(plan.targets()).containsExactlyElementsOf(replicas);
        boolean reachable = isEnough(level, ring, new TreeSet<>(replicas));
        assertThat(plan.isPossible()).as("%s of %s", level, replicas).isEqualTo(reachable);
        int sets = 1 << replicas.size();
        for (int set = 0; set < sets; set++) {
            Set<NodeId> answered = new TreeSet<>();
            for (int i = 0; i < replicas.size(); i++) {
                if ((set >> i & 1) == 1) {
                    answered.add(replicas.get(i));
                }
            }
            boolean enough = isEnough(level, ring, answered);
            assertThat(ReplicaPlan.ofWrite(view(ring, ring, answered), 0, level).isPossible())
                    .as("%s of %s with %s alive", level, replicas, answered)
                    .isEqualTo(enough);
            if (reachable) {
                assertThat(verdict(plan, answered))
                        .as("%s of %s with answers of %s", level, replicas, answered)
                        .isEqualTo(enough ? Verdict.REACHED : Verdict.IMPOSSIBLE);
            }
        }
        return sets;
    }

    /** After some succeeded and all others failed. */
    private static Verdict verdict(ReplicaPlan plan, Set<NodeId> answered) {
        QuorumTracker tracker = new QuorumTracker(plan.targets(), plan.groups());
        for (NodeId target : plan.targets()) {
            if (answered.contains(target)) {
                tracker.recordSuccess(target);
            } else {
                tracker.recordFailure(target);
            }
        }
        return tracker.verdict();
    }

    @Test
    void localReadsAskThisDataCentreOnlyAndOthersAskItFirst() {
        Ring ring = ring(true, 2, 3);
        ClusterView view = view(ring, ring, new TreeSet<>(ring.replicasOf(0)));
        assertThat(ReplicaPlan.ofRead(view, 0, ConsistencyLevel.LOCAL_QUORUM).targets())
                .containsExactlyInAnyOrder(node(0, 0), node(0, 1));
        ReplicaPlan everywhere = ReplicaPlan.ofRead(view, 0, ConsistencyLevel.QUORUM);
        assertThat(everywhere.targets()).hasSize(5);
        assertThat(everywhere.nearFirst().subList(0, 2)).containsExactlyInAnyOrder(node(0, 0), node(0, 1));
    }

    @Test
    void aDataCentreWithoutCopiesCannotAnswerForItself() {
        Ring ring = Ring.of(
                new Partitioner(1),
                Replication.perDataCenter(Map.of(name(1), 2)),
                List.of(
                        new RingMember(node(0, 0), 1, name(0), "rack", List.of(new Token(1, 0))),
                        new RingMember(node(1, 0), 1, name(1), "rack", List.of(new Token(2, 0))),
                        new RingMember(node(1, 1), 1, name(1), "rack", List.of(new Token(3, 0)))));
        ClusterView view = view(ring, ring, Set.of(node(0, 0), node(1, 0), node(1, 1)));
        ReplicaPlan plan = ReplicaPlan.ofWrite(view, 0, ConsistencyLevel.LOCAL_QUORUM);
        assertThat(plan.isPossible()).isFalse();
        assertThat(plan.unavailable("write")).hasMessageContaining("needs 1 replicas of 0 in data centre dc0");
        assertThat(ReplicaPlan.ofWrite(view, 0, ConsistencyLevel.QUORUM).isPossible())
                .isTrue();
    }

    @Test
    void whileTheRingChangesEachLevelHoldsInBothRings() {
        Ring before = ring(true, 1, 1);
        Ring after = ring(true, 3, 1);
        Set<NodeId> all = new TreeSet<>(after.replicasOf(0));
        ReplicaPlan plan = ReplicaPlan.ofWrite(view(before, after, all), 0, ConsistencyLevel.LOCAL_QUORUM);
        assertThat(plan.targets()).containsExactlyInAnyOrderElementsOf(all);
        assertThat(verdict(plan, Set.of(node(0, 0)))).isEqualTo(Verdict.IMPOSSIBLE);
        assertThat(verdict(plan, Set.of(node(0, 1), node(0, 2)))).isEqualTo(Verdict.IMPOSSIBLE);
        assertThat(verdict(plan, Set.of(node(0, 0), node(0, 2)))).isEqualTo(Verdict.REACHED);
    }

    @Test
    void aMemberWithoutAPlaceInTheRingCountsAllReplicas() {
        Ring ring = ring(true, 2, 3);
        assertThat(LevelGroups.of(ConsistencyLevel.LOCAL_QUORUM, ring, 0, null))
                .containsExactly(new ReplicaGroup(ring.replicasOf(0), 3));
    }
}
