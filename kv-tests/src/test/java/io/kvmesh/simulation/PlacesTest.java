package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.Health;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.testkit.SimCluster;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Members have the places in the ring that their settings ask for. */
class PlacesTest {
    private SimCluster cluster = SimCluster.of(1).seed(0);

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    @Test
    void everyMemberTellsWhereAllMembersAre() {
        cluster = SimCluster.of(4)
                .configureEach((index, builder) -> builder.dataCenter(index < 2 ? "east" : "west")
                        .rack("rack" + index % 2)
                        .replication(Map.of("east", 2, "west", 1)))
                .seed(3)
                .start();
        for (int teller = 0; teller < 4; teller++) {
            for (int index = 0; index < 4; index++) {
                MemberInfo told = told(teller, index);
                assertThat(told.dataCenter()).isEqualTo(index < 2 ? "east" : "west");
                assertThat(told.rack()).isEqualTo("rack" + index % 2);
            }
            assertThat(cluster.member(teller).store().health().problems()).isEmpty();
        }
        for (int key = 0; key < 50; key++) {
            List<String> replicas = replicas("k" + key);
            assertThat(replicas).hasSize(3).contains(told(0, 0).id(), told(0, 1).id());
        }
    }

    @Test
    void aHeavierMemberHasMoreTokensAndHoldsMore() {
        cluster = SimCluster.of(5)
                .configureEach((index, builder) ->
                        builder.replicationFactor(1).partitions(256).weight(index == 2 ? 2 : index == 4 ? 0.5 : 1))
                .seed(4)
                .start();
        assertThat(told(0, 2).tokens()).isEqualTo(2 * told(0, 1).tokens());
        assertThat(told(0, 4).tokens()).isEqualTo(told(0, 1).tokens() / 2);
        assertThat(told(0, 2).ownership()).isGreaterThan(1.3 * told(0, 1).ownership());
        assertThat(told(0, 4).ownership()).isLessThan(0.8 * told(0, 1).ownership());
    }

    @Test
    void aMemberWhoseReplicationDiffersGoesByTheRingsAndSaysSo() {
        cluster = SimCluster.of(4)
                .configureEach((index, builder) -> index == 3 ? builder.replicationFactor(1) : builder)
                .seed(5)
                .start();
        Health health = cluster.member(3).store().health();
        assertThat(health.status()).isEqualTo(Health.Status.DEGRADED);
        assertThat(health.problems())
                .singleElement()
                .asString()
                .contains("ask for replication 1, but the ring was founded with 3, which holds");
        assertThat(cluster.member(0).store().health().status()).isEqualTo(Health.Status.OK);
        map(3).set("k", "v");
        map(3).with(ConsistencyLevel.ALL).set("k", "w");
        assertThat(replicas("k")).hasSize(3);
        assertThat(map(0).get("k")).isEqualTo("w");
    }

    @Test
    void aDataCenterWithTooFewMembersIsReported() {
        cluster = SimCluster.of(3)
                .configureEach((index, builder) ->
                        builder.dataCenter(index < 2 ? "east" : "west").replication(Map.of("east", 2, "west", 2)))
                .seed(6)
                .start();
        assertThat(cluster.member(0).store().health().problems())
                .containsExactly("keys are stored 1 times instead of 2 in data centre west,"
                        + " since the ring has no more members there");
    }

    @Test
    void eachRackHasACopyOfEveryKeySoOneOfThreeCanBeLost() {
        cluster = SimCluster.of(6)
                .configureEach((index, builder) -> builder.rack("rack" + index % 3))
                .seed(7)
                .start();
        for (int key = 0; key < 100; key++) {
            map(0).set("k" + key, "v" + key);
            TreeSet<String> racks = new TreeSet<>();
            for (MemberInfo member : cluster.member(0).store().admin().members()) {
                if (replicas("k" + key).contains(member.id())) {
                    racks.add(member.rack());
                }
            }
            assertThat(racks).containsExactly("rack0", "rack1", "rack2");
        }
        cluster.member(1).kill();
        cluster.member(4).losePower();
        for (int key = 0; key < 100; key++) {
            // The first ones before anybody noticed, the others after.
            if (key == 50) {
                cluster.settle();
            }
            KvMap<String, String> quorum = map(key % 2 == 0 ? 0 : 5).with(ConsistencyLevel.QUORUM);
            assertThat(quorum.get("k" + key)).isEqualTo("v" + key);
            quorum.set("k" + key, "w" + key);
            assertThat(map(3).with(ConsistencyLevel.QUORUM).get("k" + key)).isEqualTo("w" + key);
        }
    }

    private MemberInfo told(int teller, int index) {
        String address = cluster.member(index).address().toString();
        return cluster.member(teller).store().admin().members().stream()
                .filter(member -> member.address().equals(address))
                .findFirst()
                .orElseThrow();
    }

    private List<String> replicas(String key) {
        map(0);
        return cluster.member(0).store().admin().replicasOf("m", key);
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }
}
