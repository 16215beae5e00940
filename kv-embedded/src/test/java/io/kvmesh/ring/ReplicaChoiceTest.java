package io.kvmesh.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.KvConfig;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.RandomSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ReplicaChoiceTest {
    private final RandomSource random = RandomSource.seeded(5);

    @Test
    void aRackGetsASecondCopyOnlyWhenAllHaveOne() {
        Ring ring = ring(
                Replication.of(3), member(1, "dc1", "a", 10), member(2, "dc1", "a", 20), member(3, "dc1", "b", 30));
        assertThat(ring.replicasOf(0)).containsExactly(new NodeId(1), new NodeId(3), new NodeId(2));
    }

    @Test
    void whereThereAreMoreRacksThanCopiesNoneHasTwo() {
        Ring ring = ring(
                Replication.of(2),
                member(1, "dc1", "a", 10),
                member(2, "dc1", "a", 20),
                member(3, "dc1", "b", 30),
                member(4, "dc1", "c", 40));
        assertThat(ring.replicasOf(0)).containsExactly(new NodeId(1), new NodeId(3));
    }

    @Test
    void racksOfTwoDataCentresWithOneNameAreDifferentOnes() {
        Ring ring = ring(
                Replication.of(2), member(1, "east", "a", 10), member(2, "east", "a", 20), member(3, "west", "a", 30));
        assertThat(ring.replicasOf(0)).containsExactly(new NodeId(1), new NodeId(3));
    }

    @Test
    void eachDataCentreHasItsOwnNumberAndThoseThatAreNotNamedHaveNone() {
        Ring ring = ring(
                Replication.perDataCenter(Map.of("east", 2, "west", 1)),
                member(1, "south", "a", 5),
                member(2, "east", "a", 10),
                member(3, "east", "a", 20),
                member(4, "east", "b", 30),
                member(5, "west", "a", 40),
                member(6, "west", "b", 50));
        assertThat(ring.replicasOf(0)).containsExactly(new NodeId(2), new NodeId(4), new NodeId(5));
        assertThat(ring.held(new NodeId(1))).isZero();
    }

    @Test
    void aDataCentreWithoutMembersGetsNothing() {
        Ring ring = ring(Replication.perDataCenter(Map.of("north", 3)), member(1, "east", "a", 10));
        assertThat(ring.replicasOf(0)).isEmpty();
    }

    /** The rule once more, slowly: racks first, then those that were passed over, all in the order of the walk. */
    @Test
    void agreesWithASlowerFormOfTheRule() {
        for (int round = 0; round < 300; round++) {
            List<RingMember> members = randomMembers(1 + random.nextInt(12));
            Replication replication = random.chance(0.5)
                    ? Replication.of(1 + random.nextInt(5))
                    : Replication.perDataCenter(Map.of("dc0", 1 + random.nextInt(4), "dc1", 1 + random.nextInt(3)));
            Ring ring = Ring.of(new Partitioner(16), replication, members);
            for (int partition = 0; partition < 16; partition++) {
                assertThat(ring.replicasOf(partition))
                        .as("replication %s of %s", replication, members)
                        .containsExactlyInAnyOrderElementsOf(expected(ring, members, partition, replication));
            }
        }
    }

    private static Set<NodeId> expected(Ring ring, List<RingMember> members, int partition, Replication replication) {
        Set<RingMember> met = new LinkedHashSet<>();
        Positions positions = new Positions(members);
        int start = positions.atOrBehind(ring.partitioner().startOf(partition));
        for (int i = 0; i < positions.count(); i++) {
            met.add(positions.members().get(positions.owner((start + i) % positions.count())));
        }
        Set<NodeId> expected = new LinkedHashSet<>();
        Set<String> groups = new TreeSet<>();
        met.forEach(member -> groups.add(replication.groupOf(member)));
        for (String group : groups) {
            List<RingMember> ofGroup = met.stream()
                    .filter(member -> replication.groupOf(member).equals(group))
                    .toList();
            int wanted = Math.min(ofGroup.size(), replication.factorFor(ofGroup.get(0)));
            Set<RingMember> ordered = new LinkedHashSet<>();
            Set<List<String>> racks = new LinkedHashSet<>();
            ofGroup.stream()
                    .filter(member -> racks.add(List.of(member.dataCenter(), member.rack())))
                    .forEach(ordered::add);
            ordered.addAll(ofGroup);
            ordered.stream().limit(wanted).forEach(member -> expected.add(member.node()));
        }
        return expected;
    }

    @Test
    void refusesFactorsOutsideOfTheirBounds() {
        assertThatThrownBy(() -> Replication.of(0)).hasMessageContaining("factor 0 must be between 1 and 16");
        assertThatThrownBy(() -> Replication.of(KvConfig.REPLICATION_FACTOR_MAX + 1))
                .hasMessageContaining("17");
        assertThatThrownBy(() -> Replication.perDataCenter(Map.of("east", 0)))
                .hasMessageContaining("factor 0 of data centre east");
        assertThatThrownBy(() -> Replication.perDataCenter(Map.of())).hasMessageContaining("needs the name");
    }

    @Test
    void refusesMembersWithoutAPlaceOrWeight() {
        assertThatThrownBy(() -> new RingMember(new NodeId(1), 0, "dc1", "a", List.of()))
                .hasMessageContaining("weight 0.0");
        assertThatThrownBy(() -> new RingMember(new NodeId(1), Double.NaN, "dc1", "a", List.of()))
                .hasMessageContaining("weight NaN");
        assertThatThrownBy(() -> new RingMember(new NodeId(1), 1, "", "a", List.of()))
                .hasMessageContaining("need names");
    }

    private List<RingMember> randomMembers(int count) {
        List<RingMember> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<Token> tokens = new ArrayList<>();
            for (int token = random.nextInt(6); token > 0; token--) {
                tokens.add(Token.random(random));
            }
            String rack = "rack" + random.nextInt(4);
            members.add(new RingMember(new NodeId(i + 1), 1, "dc" + random.nextInt(3), rack, tokens));
        }
        return members;
    }

    private static Ring ring(Replication replication, RingMember... members) {
        return Ring.of(new Partitioner(1), replication, List.of(members));
    }

    private static RingMember member(long id, String dataCenter, String rack, long position) {
        return new RingMember(new NodeId(id), 1, dataCenter, rack, List.of(new Token(position, 0)));
    }
}
