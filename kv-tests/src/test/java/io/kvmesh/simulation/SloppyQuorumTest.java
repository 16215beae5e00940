package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.HintsInfo.TargetHints;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MapSpec;
import io.kvmesh.api.UnavailableException;
import io.kvmesh.testkit.SimCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Others keep a write for replicas that cannot be reached, where they may, and pass it on. */
class SloppyQuorumTest {
    private static final Duration PASSING_LIMIT = Duration.ofMinutes(2);
    private static final MapSpec<String, String> SLOPPY =
            MapSpec.of("m", String.class, String.class).withSloppyQuorum(true);

    private SimCluster cluster = SimCluster.of(1).seed(0);

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aWriteGoesOnWithoutMostOfItsReplicasAndReachesThemLater(long seed) {
        start(5, seed);
        List<Integer> replicas = replicas("k");
        List<Integer> others = others(replicas);
        kill(replicas.get(1), replicas.get(2));
        cluster.settle();
        int asked = others.get(0);
        assertThatThrownBy(() -> map(asked).with(ConsistencyLevel.QUORUM).set("k", "strict"))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("needs 2 replicas of 3, 1 alive; not alive");
        sloppy(asked).with(ConsistencyLevel.QUORUM).set("k", "v");
        cluster.runFor(Duration.ofMillis(200));
        for (int holder : others) {
            assertThat(targets(holder)).as("each keeps it for one").hasSize(1);
        }
        assertThatThrownBy(() -> map(asked).with(ConsistencyLevel.QUORUM).get("k"))
                .isInstanceOf(UnavailableException.class);
        startAgain(replicas.get(1), replicas.get(2));
        awaitNoHints();
        for (int replica : replicas) {
            assertThat(own(replica, "k")).isEqualTo("v");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5, 6})
    void bothSidesOfASplitNetworkTakeWritesAndAgreeAfterwards(long seed) {
        start(6, seed);
        List<Integer> replicas = replicas("k");
        List<Integer> others = others(replicas);
        List<Integer> one = List.of(replicas.get(0), others.get(0));
        List<Integer> two = List.of(replicas.get(1), replicas.get(2), others.get(1), others.get(2));
        one.forEach(here -> two.forEach(there -> cluster.network().cut(here, there)));
        cluster.settle();
        sloppy(one.get(0)).with(ConsistencyLevel.QUORUM).set("k", "of one side");
        sloppy(two.get(0)).with(ConsistencyLevel.QUORUM).set("k", "of the other");
        assertThat(own(one.get(0), "k")).isEqualTo("of one side");
        cluster.network().heal();
        cluster.awaitAllAlive();
        awaitNoHints();
        for (int replica : replicas) {
            assertThat(own(replica, "k")).isEqualTo("of the other");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 8, 9})
    void silentReplicasAreStoodInForBeforeTheirDeathIsNoticed(long seed) {
        start(6, seed);
        List<Integer> replicas = replicas("k");
        int asked = others(replicas).get(0);
        kill(replicas.get(0), replicas.get(1), replicas.get(2));
        sloppy(asked).with(ConsistencyLevel.QUORUM).set("k", "v");
        startAgain(replicas.get(0), replicas.get(1), replicas.get(2));
        awaitNoHints();
        for (int replica : replicas) {
            assertThat(own(replica, "k")).isEqualTo("v");
        }
    }

    @Test
    void whatOthersKeepSurvivesALossOfPowerOfAllOfThem() {
        start(6, 10);
        List<Integer> replicas = replicas("k");
        List<Integer> others = others(replicas);
        kill(replicas.get(0), replicas.get(1), replicas.get(2));
        cluster.settle();
        sloppy(others.get(1)).with(ConsistencyLevel.ALL).set("k", "v");
        others.forEach(other -> cluster.member(other).losePower());
        for (int i = 0; i < 6; i++) {
            cluster.member(i).start();
        }
        cluster.awaitAllAlive();
        awaitNoHints();
        for (int replica : replicas) {
            assertThat(own(replica, "k")).isEqualTo("v");
        }
    }

    @Test
    void aReplicaStandsInForNoOther() {
        start(3, 11);
        kill(1, 2);
        cluster.settle();
        assertThatThrownBy(() -> sloppy(0).with(ConsistencyLevel.QUORUM).set("k", "v"))
                .isInstanceOf(UnavailableException.class);
        sloppy(0).with(ConsistencyLevel.ANY).set("k", "v");
        assertThat(own(0, "k")).isEqualTo("v");
    }

    @Test
    void theMemberThatIsCalledKeepsAWriteAtAnyWhenNobodyElseIsLeft() {
        start(4, 12);
        List<Integer> replicas = replicas("k");
        int last = others(replicas).get(0);
        kill(replicas.get(0), replicas.get(1), replicas.get(2));
        cluster.settle();
        assertThatThrownBy(() -> sloppy(last).with(ConsistencyLevel.QUORUM).set("k", "v"))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("0 alive, and 1 members that could stand in");
        map(last).with(ConsistencyLevel.ONE, ConsistencyLevel.ANY).set("k", "v");
        assertThat(targets(last)).hasSize(3);
        cluster.member(last).losePower();
        for (int i = 0; i < 4; i++) {
            cluster.member(i).start();
        }
        cluster.awaitAllAlive();
        awaitNoHints();
        for (int replica : replicas) {
            assertThat(own(replica, "k")).isEqualTo("v");
        }
    }

    @Test
    void nobodyStandsInForAReplicaThatHasBeenAwayForLongerThanHintsAreKept() {
        start(6, 13, builder -> builder.hintWindow(Duration.ofMinutes(5)).removeAfter(Duration.ZERO));
        List<Integer> replicas = replicas("k");
        int asked = others(replicas).get(0);
        kill(replicas.get(0), replicas.get(1), replicas.get(2));
        cluster.runFor(Duration.ofMinutes(4));
        sloppy(asked).with(ConsistencyLevel.QUORUM).set("k", "v");
        cluster.runFor(Duration.ofMinutes(2));
        assertThatThrownBy(() -> sloppy(asked).with(ConsistencyLevel.QUORUM).set("k", "v"))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("and 0 members that could stand in");
        assertThatThrownBy(() -> sloppy(asked)
                        .with(ConsistencyLevel.ONE, ConsistencyLevel.ANY)
                        .set("k", "v"))
                .isInstanceOf(UnavailableException.class);
    }

    @Test
    void standInsForALocalQuorumAreInTheSameDataCenter() {
        cluster = SimCluster.of(8)
                .configureEach((index, builder) ->
                        builder.dataCenter(index < 4 ? "east" : "west").replication(Map.of("east", 3, "west", 2)))
                .seed(14)
                .start();
        openMaps();
        List<Integer> east = replicas("k").stream().filter(each -> each < 4).toList();
        int standIn = IntStream.range(0, 4)
                .filter(member -> !east.contains(member))
                .findFirst()
                .orElseThrow();
        kill(east.get(0), east.get(1));
        cluster.settle();
        sloppy(east.get(2)).with(ConsistencyLevel.LOCAL_QUORUM).set("k", "v");
        assertThat(targets(standIn)).hasSize(1);
        assertThatThrownBy(() ->
                        sloppy(east.get(2)).with(ConsistencyLevel.LOCAL_QUORUM).get("k"))
                .isInstanceOf(UnavailableException.class);
        kill(standIn);
        cluster.settle();
        assertThatThrownBy(() ->
                        sloppy(east.get(2)).with(ConsistencyLevel.LOCAL_QUORUM).set("k", "v"))
                .as("others there could")
                .isInstanceOf(UnavailableException.class);
    }

    @Test
    void theSettingOfTheStoreHoldsForMapsThatDoNotSayOtherwise() {
        start(5, 15, builder -> builder.sloppyQuorum(true));
        List<Integer> replicas = replicas("k");
        int asked = others(replicas).get(0);
        kill(replicas.get(1), replicas.get(2));
        cluster.settle();
        map(asked).with(ConsistencyLevel.QUORUM).set("k", "v");
        KvMap<String, String> strict = cluster.member(asked).store().map(SLOPPY.withSloppyQuorum(false));
        assertThatThrownBy(() -> strict.with(ConsistencyLevel.QUORUM).set("k", "v"))
                .isInstanceOf(UnavailableException.class);
        assertThat(map(asked).toString()).contains("with a sloppy quorum");
    }

    /** In two of these stories members that should stand in have just died themselves. */
    @ParameterizedTest
    @ValueSource(longs = {16, 17, 18, 1003, 1047})
    void nothingThatWasAcknowledgedIsLostOnceAllAreBack(long seed) {
        start(6, seed);
        List<String> acknowledged = new ArrayList<>();
        for (int round = 0; round < 8; round++) {
            int first = cluster.loop().random().nextInt(6);
            int second = (first + 1 + cluster.loop().random().nextInt(5)) % 6;
            kill(first, second);
            for (int i = 0; i < 10; i++) {
                int asked = cluster.running()
                        .get(cluster.loop().random().nextInt(4))
                        .index();
                String key = "r" + round + "-" + i;
                sloppy(asked).with(ConsistencyLevel.QUORUM).set(key, "v");
                acknowledged.add(key);
            }
            startAgain(first, second);
        }
        awaitNoHints();
        for (String key : acknowledged) {
            assertThat(map(0).with(ConsistencyLevel.QUORUM).get(key)).as(key).isEqualTo("v");
        }
    }

    private void start(int members, long seed) {
        start(members, seed, UnaryOperator.identity());
    }

    private void start(int members, long seed, UnaryOperator<KvConfig.Builder> settings) {
        cluster = SimCluster.of(members).configure(settings).seed(seed).start();
        openMaps();
    }

    private void openMaps() {
        for (int i = 0; i < cluster.members().size(); i++) {
            map(i);
        }
    }

    private void kill(int... members) {
        for (int member : members) {
            cluster.member(member).kill();
        }
    }

    private void startAgain(int... members) {
        for (int member : members) {
            cluster.member(member).start();
        }
        cluster.awaitAllAlive();
    }

    private void awaitNoHints() {
        cluster.runUntil(
                "no member keeps a hint",
                () -> cluster.running().stream()
                        .allMatch(member -> targets(member.index()).isEmpty()),
                PASSING_LIMIT);
    }

    private List<TargetHints> targets(int holder) {
        return cluster.member(holder).store().admin().hints().targets();
    }

    private List<Integer> replicas(String key) {
        List<String> ids = cluster.running().get(0).store().admin().replicasOf("m", key);
        return ids.stream()
                .map(id -> cluster.running().stream()
                        .filter(member -> member.store().admin().nodeId().equals(id))
                        .findFirst()
                        .orElseThrow()
                        .index())
                .toList();
    }

    private List<Integer> others(List<Integer> replicas) {
        return IntStream.range(0, cluster.members().size())
                .filter(member -> !replicas.contains(member))
                .boxed()
                .toList();
    }

    /** What a replica itself has: a read at ONE on its member asks nobody else. */
    private @Nullable String own(int replica, String key) {
        return map(replica).with(ConsistencyLevel.ONE).get(key);
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }

    private KvMap<String, String> sloppy(int member) {
        return cluster.member(member).store().map(SLOPPY);
    }
}
