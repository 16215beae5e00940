package io.kvmesh.ring;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FairSharesTest {
    private final List<RingMember> members = new ArrayList<>();

    @Test
    void goByWeight() {
        add(1, "dc1", "a");
        add(1, "dc1", "a");
        add(2, "dc1", "a");
        add(4, "dc1", "a");
        assertThat(shares(Replication.of(1))).containsExactly(12.5, 12.5, 25, 50);
    }

    @Test
    void noMemberHoldsAPartitionTwice() {
        add(1, "dc1", "a");
        add(1, "dc1", "a");
        add(8, "dc1", "a");
        assertThat(shares(Replication.of(2))).containsExactly(50, 50, 100);
        assertThat(shares(Replication.of(5)))
                .as("three members for five copies")
                .containsExactly(100, 100, 100);
    }

    @Test
    void ofMoreRacksThanCopiesNoneHasTwo() {
        add(1, "dc1", "a");
        add(1, "dc1", "b");
        add(1, "dc1", "b");
        add(1, "dc1", "b");
        assertThat(shares(Replication.of(2))).containsExactly(100, 100 / 3.0, 100 / 3.0, 100 / 3.0);
    }

    @Test
    void ofFewerRacksThanCopiesEachHasEverything() {
        add(1, "dc1", "a");
        add(1, "dc1", "b");
        add(1, "dc1", "b");
        assertThat(shares(Replication.of(3))).containsExactly(100, 100, 100);
    }

    @Test
    void dataCentresShareWhatIsTheirs() {
        add(1, "east", "a");
        add(1, "west", "a");
        add(1, "west", "a");
        add(1, "south", "a");
        assertThat(shares(Replication.perDataCenter(Map.of("east", 1, "west", 1))))
                .containsExactly(100, 50, 50, 0);
    }

    private void add(double weight, String dataCenter, String rack) {
        members.add(new RingMember(new NodeId(members.size() + 1), weight, dataCenter, rack, List.of()));
    }

    private double[] shares(Replication replication) {
        return FairShares.of(100, replication, members);
    }
}
