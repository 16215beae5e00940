package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.api.MemberStanding;
import io.kvmesh.testkit.LinkSettings;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a write gets from one data centre (members 0 to 2) to another (members 3 to 5, and 6 if it is there). */
class CarriedWritesTest {
    private static final List<Integer> EAST = List.of(0, 1, 2);
    private static final List<Integer> WEST = List.of(3, 4, 5);
    private static final Duration OPERATION_TIMEOUT = Duration.ofSeconds(2);

    private SimCluster cluster = SimCluster.of(1).seed(0);

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    @Test
    void aValueCrossesOnceWhoeverHasItInTheEnd() {
        twoDataCenters(41);
        map(0).set("k", "the map is known everywhere now");
        cluster.settle();
        long[] before = bytesToEachInTheWest();
        String value = "v".repeat(4_096);
        int writes = 90;
        for (int i = 0; i < writes; i++) {
            map(0).with(ConsistencyLevel.ALL).set("k" + i, value);
        }
        long[] after = bytesToEachInTheWest();
        long values = (long) writes * value.length();
        long crossed = 0;
        for (int i = 0; i < after.length; i++) {
            long bytes = after[i] - before[i];
            assertThat(bytes).as("each carries a third").isBetween(values / 4, values / 2);
            crossed += bytes;
        }
        assertThat(crossed).as("bytes between the data centres").isBetween(values, values * 11 / 10);
        for (int member : WEST) {
            assertThat(map(member).with(ConsistencyLevel.LOCAL_ONE).get("k7")).isEqualTo(value);
        }
    }

    @Test
    void aCarrierThatStoppedDelaysFewWritesAndLosesNone() {
        twoDataCenters(42);
        map(0).set("k", "v");
        cluster.settle();
        cluster.member(4).pause();
        long startNanos = cluster.loop().nowNanos();
        for (int i = 0; i < 20; i++) {
            map(0).with(ConsistencyLevel.EACH_QUORUM).set("k" + i, "v" + i);
        }
        assertThat(Duration.ofNanos(cluster.loop().nowNanos() - startNanos)).isLessThan(OPERATION_TIMEOUT);
        for (int i = 0; i < 20; i++) {
            assertThat(map(3).with(ConsistencyLevel.LOCAL_ONE).get("k" + i)).isEqualTo("v" + i);
            assertThat(map(5).with(ConsistencyLevel.LOCAL_ONE).get("k" + i)).isEqualTo("v" + i);
        }
    }

    @Test
    void replicasThatTheCarrierDoesNotReachGetTheWriteDirectly() {
        twoDataCenters(43);
        map(0).set("k", "v");
        cluster.settle();
        cluster.network().cut(3, 4);
        cluster.network().cut(3, 5);
        cluster.network().cut(4, 5);
        for (int i = 0; i < 3; i++) {
            long startNanos = cluster.loop().nowNanos();
            map(0).with(ConsistencyLevel.ALL).set("k" + i, "v" + i);
            assertThat(Duration.ofNanos(cluster.loop().nowNanos() - startNanos)).isLessThan(OPERATION_TIMEOUT);
        }
    }

    /** Only the first write that the cut off replica is to carry itself waits, until another one carries it there. */
    @ParameterizedTest
    @CsvSource({"49, ALL", "50, EACH_QUORUM", "51, ALL"})
    void aReplicaThatIsCutOffFromTheCoordinatorAnswersThroughTheCarrier(long seed, ConsistencyLevel level) {
        twoDataCenters(seed);
        map(0).set("k", "v");
        cluster.settle();
        cluster.network().cut(0, 4);
        List<Duration> waited = writeTwelve(level);
        assertThat(waited).hasSizeLessThanOrEqualTo(1).allMatch(took -> took.compareTo(OPERATION_TIMEOUT) < 0);
        for (int i = 0; i < 12; i++) {
            assertThat(map(4).with(ConsistencyLevel.LOCAL_ONE).get("k" + i)).isEqualTo("v" + i);
        }
    }

    @ParameterizedTest
    @CsvSource({"52, ALL", "53, EACH_QUORUM"})
    void aReplicaThatNeverMetTheCoordinatorAnswersThroughTheCarrier(long seed, ConsistencyLevel level) {
        cluster = cluster(6, seed);
        cluster.network().cut(0, 4);
        cluster.start();
        map(1).with(ConsistencyLevel.ALL).set("k", "the map is known everywhere now");
        cluster.settle();
        assertThat(writeTwelve(level)).isEmpty();
        for (int i = 0; i < 12; i++) {
            assertThat(map(4).with(ConsistencyLevel.LOCAL_ONE).get("k" + i)).isEqualTo("v" + i);
        }
    }

    /** The time of those that were not done before the coordinator went around the carrier. */
    private List<Duration> writeTwelve(ConsistencyLevel level) {
        List<Duration> waited = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            long startNanos = cluster.loop().nowNanos();
            map(0).with(level).set("k" + i, "v" + i);
            Duration took = Duration.ofNanos(cluster.loop().nowNanos() - startNanos);
            if (took.compareTo(OPERATION_TIMEOUT.dividedBy(8)) > 0) {
                waited.add(took);
            }
        }
        return waited;
    }

    @ParameterizedTest
    @ValueSource(longs = {44, 45, 46, 47})
    void badLinksLoseNothingThatWasAcknowledged(long seed) {
        twoDataCenters(seed);
        cluster.network()
                .use(LinkSettings.RELIABLE.withLoss(0.03).withDuplication(0.1).withReordering(0.2));
        Map<String, String> acknowledged = new TreeMap<>();
        Map<String, String> unknown = new TreeMap<>();
        for (int i = 0; i < 200; i++) {
            String key = "k" + cluster.loop().random().nextInt(40);
            int member = cluster.loop().random().nextInt(6);
            try {
                map(member).with(ConsistencyLevel.EACH_QUORUM).set(key, "v" + i);
                acknowledged.put(key, "v" + i);
                unknown.remove(key);
            } catch (KvException e) {
                unknown.put(key, "v" + i);
            }
        }
        assertThat(acknowledged).hasSizeGreaterThan(30);
        cluster.network().use(LinkSettings.RELIABLE);
        cluster.awaitAllAlive();
        cluster.settle();
        for (int member = 0; member < 6; member++) {
            KvMap<String, String> local = map(member).with(ConsistencyLevel.LOCAL_QUORUM);
            acknowledged.forEach((key, value) -> assertThat(local.get(key))
                    .satisfiesAnyOf(
                            seen -> assertThat(seen).isEqualTo(value),
                            seen -> assertThat(seen).isEqualTo(unknown.get(key))));
        }
    }

    @Test
    void writesReachBothRingsWhileAMemberJoinsOnTheOtherSide() {
        cluster = cluster(7, 48);
        for (int member = 0; member < 6; member++) {
            cluster.member(member).start();
        }
        cluster.awaitAllAlive();
        AtomicInteger writes = new AtomicInteger();
        AtomicInteger whileJoining = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        SimThread writer = cluster.run("writer", () -> {
            while (!over.get()) {
                int i = writes.getAndIncrement();
                map(i % 3).with(ConsistencyLevel.EACH_QUORUM).set("k" + i, "v" + i);
                whileJoining.addAndGet(standings().contains(MemberStanding.JOINING) ? 1 : 0);
                SimThread.sleep(Duration.ofMillis(3));
            }
        });
        cluster.member(6).start();
        cluster.awaitAllAlive();
        over.set(true);
        writer.join(OPERATION_TIMEOUT);
        assertThat(whileJoining).hasPositiveValue();
        for (int i = 0; i < writes.get(); i++) {
            assertThat(map(3 + i % 4).get("k" + i)).isEqualTo("v" + i);
        }
    }

    private List<MemberStanding> standings() {
        return cluster.member(0).store().admin().members().stream()
                .map(MemberInfo::standing)
                .toList();
    }

    private void twoDataCenters(long seed) {
        cluster = cluster(6, seed).start();
    }

    private static SimCluster cluster(int members, long seed) {
        return SimCluster.of(members)
                .configureEach((index, builder) -> builder.dataCenter(EAST.contains(index) ? "east" : "west")
                        .replication(Map.of("east", 3, "west", 3)))
                .seed(seed);
    }

    private long[] bytesToEachInTheWest() {
        return WEST.stream()
                .mapToLong(west -> EAST.stream()
                        .mapToLong(east -> cluster.network().bytesSent(east, west))
                        .sum())
                .toArray();
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }
}
