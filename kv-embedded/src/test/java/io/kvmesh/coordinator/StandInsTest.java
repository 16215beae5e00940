package io.kvmesh.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.MemberState;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Replication;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.RingMember;
import io.kvmesh.ring.Token;
import io.kvmesh.transport.PeerAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Who may stand in for the replicas 1 and 2 in the east and 11 and 12 in the west; 3 to 5 and 13 hold nothing. */
class StandInsTest {
    private static final NodeId SELF = new NodeId(5);
    private static final List<NodeId> HOLDERS = nodes(3, 13, 4);
    private static final ClusterView VIEW = view(SELF);

    private static List<NodeId> nodes(long... ids) {
        List<NodeId> nodes = new ArrayList<>();
        for (long id : ids) {
            nodes.add(new NodeId(id));
        }
        return nodes;
    }

    private static ClusterView view(NodeId self) {
        List<RingMember> places = new ArrayList<>();
        TreeMap<NodeId, ClusterView.Member> members = new TreeMap<>();
        for (NodeId node : nodes(1, 2, 3, 4, 5, 11, 12, 13)) {
            String dataCenter = node.value() < 10 ? "east" : "west";
            places.add(new RingMember(node, 1, dataCenter, "rack", List.of(new Token(node.value(), 0))));
            members.put(node, new ClusterView.Member(node, 1, new PeerAddress("h", 1), MemberState.ALIVE, 0));
        }
        Replication replication = Replication.perDataCenter(Map.of("east", 2, "west", 2));
        return new ClusterView(self, Ring.of(new Partitioner(1), replication, places), members);
    }

    private static StandIns standIns(ConsistencyLevel level, NodeId... givenUp) {
        return StandIns.of(HOLDERS, List.of(givenUp), VIEW, 0, level);
    }

    @Test
    void theNextOnTheRingComeFirstAndThisMemberLast() {
        assertThat(standIns(ConsistencyLevel.QUORUM).forReplica(new NodeId(11))).isEqualTo(nodes(3, 13, 4, 5));
    }

    @Test
    void aMemberThatIsAReplicaStandsInForNoOther() {
        ClusterView ofReplica = view(new NodeId(2));
        assertThat(StandIns.of(HOLDERS, List.of(), ofReplica, 0, ConsistencyLevel.QUORUM)
                        .forReplica(new NodeId(1)))
                .isEqualTo(HOLDERS);
    }

    @Test
    void levelsOfDataCentresAreServedInTheSameOne() {
        for (ConsistencyLevel level : List.of(ConsistencyLevel.LOCAL_QUORUM, ConsistencyLevel.EACH_QUORUM)) {
            assertThat(standIns(level).forReplica(new NodeId(1))).isEqualTo(nodes(3, 4, 5));
            assertThat(standIns(level).forReplica(new NodeId(12))).isEqualTo(nodes(13));
            assertThat(standIns(level).countFor(nodes(11, 12))).isEqualTo(1);
        }
    }

    @Test
    void eachStandsInForOneReplicaUnlessOneIsEnough() {
        List<NodeId> five = nodes(1, 2, 11, 12, 14);
        assertThat(standIns(ConsistencyLevel.ALL).countFor(five)).isEqualTo(4);
        assertThat(standIns(ConsistencyLevel.ANY).countFor(five)).isEqualTo(5);
        assertThat(standIns(ConsistencyLevel.ANY).isForSeveral()).isTrue();
        assertThat(standIns(ConsistencyLevel.ALL).countFor(List.of())).isZero();
    }

    @Test
    void nobodyStandsInForAReplicaThatIsGivenUp() {
        assertThat(standIns(ConsistencyLevel.ALL, new NodeId(1), new NodeId(2)).countFor(nodes(1, 2, 11)))
                .isEqualTo(1);
        assertThat(standIns(ConsistencyLevel.ANY, new NodeId(1)).countFor(nodes(1)))
                .isZero();
    }

    @Test
    void withoutStandInsOnlyReplicasCount() {
        assertThat(StandIns.NONE.isEmpty()).isTrue();
        assertThat(StandIns.of(null, VIEW, 0, ConsistencyLevel.ANY, Quorum.SLOPPY))
                .isSameAs(StandIns.NONE);
        assertThat(StandIns.NONE.countFor(nodes(1))).isZero();
    }
}
