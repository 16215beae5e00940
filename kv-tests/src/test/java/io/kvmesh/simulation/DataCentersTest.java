package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.UnavailableException;
import io.kvmesh.testkit.LinkSettings;
import io.kvmesh.testkit.SimCluster;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two data centres of three members each: 0 to 2 in the east, 3 to 5 in the west. */
class DataCentersTest {
    private static final int KEYS = 60;
    private static final List<Integer> EAST = List.of(0, 1, 2);
    private static final List<Integer> WEST = List.of(3, 4, 5);

    private SimCluster cluster = SimCluster.of(1).seed(0);

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33})
    void aDataCenterThatIsLostDoesNotHoldUpTheOtherAndCatchesUpWhenItReturns(long seed) {
        twoDataCenters(seed);
        setAll(0, "old", ConsistencyLevel.EACH_QUORUM);
        WEST.forEach(member -> cluster.member(member).losePower());
        setAll(1, "unnoticed", ConsistencyLevel.LOCAL_QUORUM);
        cluster.settle();
        setAll(2, "noticed", ConsistencyLevel.LOCAL_QUORUM);
        for (int key = 0; key < KEYS; key++) {
            assertThat(map(key % 3).get("k" + key)).isEqualTo("noticed");
        }
        assertThatThrownBy(() -> map(0).with(ConsistencyLevel.EACH_QUORUM).set("k0", "refused"))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("needs 2 replicas of 3 in data centre west, 0 alive")
                .hasMessageContaining("Nothing was done");
        assertThatThrownBy(() -> map(0).with(ConsistencyLevel.QUORUM).get("k0"))
                .isInstanceOf(UnavailableException.class);

        WEST.forEach(member -> cluster.member(member).start());
        cluster.awaitAllAlive();
        repairAll();
        for (int key = 0; key < KEYS; key++) {
            for (int member : WEST) {
                assertThat(map(member).with(ConsistencyLevel.LOCAL_ONE).get("k" + key))
                        .isEqualTo("noticed");
            }
        }
    }

    @Test
    void dataCentersThatDoNotReachEachOtherBothGoOnAndTheLastWriteWins() {
        twoDataCenters(35);
        setAll(0, "old", ConsistencyLevel.EACH_QUORUM);
        cluster.network().partition(WEST);
        setAll(0, "east", ConsistencyLevel.LOCAL_QUORUM);
        cluster.settle();
        setAll(4, "west", ConsistencyLevel.LOCAL_QUORUM);
        for (int key = 0; key < KEYS; key++) {
            assertThat(map(1).get("k" + key)).isEqualTo("east");
            assertThat(map(5).get("k" + key)).isEqualTo("west");
        }
        cluster.network().heal();
        cluster.awaitAllAlive();
        repairAll();
        for (int key = 0; key < KEYS; key++) {
            for (int member = 0; member < 6; member++) {
                assertThat(map(member).with(ConsistencyLevel.LOCAL_ONE).get("k" + key))
                        .isEqualTo("west");
            }
        }
    }

    /** The data centres are far from each other, and what is sent between them is lost at times. */
    private void twoDataCenters(long seed) {
        cluster = SimCluster.of(6)
                .configureEach((index, builder) -> builder.dataCenter(EAST.contains(index) ? "east" : "west")
                        .replication(Map.of("east", 3, "west", 3)))
                .seed(seed)
                .start();
        far(LinkSettings.RELIABLE
                .withDelay(Duration.ofMillis(30), Duration.ofMillis(35))
                .withLoss(0.01));
    }

    private void far(LinkSettings settings) {
        EAST.forEach(east -> WEST.forEach(west -> {
            cluster.network().use(east, west, settings);
            cluster.network().use(west, east, settings);
        }));
    }

    private void setAll(int member, String value, ConsistencyLevel level) {
        for (int key = 0; key < KEYS; key++) {
            map(member).with(level).set("k" + key, value);
        }
    }

    /** Reads all keys from all replicas, over links that are good again. */
    private void repairAll() {
        far(LinkSettings.RELIABLE);
        for (int key = 0; key < KEYS; key++) {
            map(3).with(ConsistencyLevel.ALL).get("k" + key);
        }
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }
}
