package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.StreamInfo;
import io.kvmesh.testkit.SimCluster;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A member that gains partitions fetches them as fast as it may, and after a restart only what it lacks. */
class StreamingStoriesTest {
    private static final int KEYS = 400;
    private static final int VALUE_BYTES = 2_000;
    private static final int JOINER = 3;
    private static final long BYTES_PER_SECOND = 64 * 1024;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final Map<String, String> expected = new TreeMap<>();
    private SimCluster cluster = SimCluster.of(1).seed(0);
    /** What the joiner told last in its present run. */
    private long cellsTold;

    private int partitionsLeft;

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    private void startThree(long seed) {
        cluster = SimCluster.of(4)
                // What nobody syncs on purpose is lost with the power.
                .configure(builder ->
                        builder.streamBytesPerSecond(BYTES_PER_SECOND).syncInterval(Duration.ofMinutes(1)))
                .seed(seed);
        for (int i = 0; i < JOINER; i++) {
            cluster.member(i).start();
        }
        cluster.awaitAllAlive();
        for (int i = 0; i < KEYS; i++) {
            set(0, "k" + i, "old" + i);
        }
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }

    private void set(int member, String key, String text) {
        String value = text + "x".repeat(VALUE_BYTES - text.length());
        map(member).set(key, value);
        expected.put(key, value);
    }

    private Optional<StreamInfo.Progress> progress() {
        Optional<StreamInfo.Progress> progress = cluster.member(JOINER).store().admin().streams().stream()
                .flatMap(stream -> stream.progress().stream())
                .findFirst();
        progress.ifPresent(known -> {
            cellsTold = known.cells();
            partitionsLeft = known.partitionsLeft();
        });
        return progress;
    }

    private boolean isFetching() {
        return progress().filter(known -> known.maps() > 0).isPresent();
    }

    private boolean hasFetchedHalf() {
        return isFetching() && cellsTold >= KEYS / 3;
    }

    private void awaitStreamed() {
        cluster.runUntil("all is fetched", () -> progress().isEmpty() && partitionsLeft < 10, LIMIT);
    }

    private void joinUpToHalf() {
        cluster.member(JOINER).start();
        cluster.runUntil("half is fetched", this::hasFetchedHalf, LIMIT);
        assertThat(partitionsLeft).isPositive();
    }

    private long keysOfJoiner() {
        String joiner = cluster.member(JOINER).store().admin().nodeId();
        return expected.keySet().stream()
                .filter(key ->
                        cluster.member(0).store().admin().replicasOf("m", key).contains(joiner))
                .count();
    }

    private void everythingIsThereAlsoWithoutOneOfTheOthers() {
        expected.forEach(
                (key, value) -> assertThat(map(JOINER).get(key)).as(key).isEqualTo(value));
        cluster.member(1).kill();
        cluster.settle();
        expected.forEach(
                (key, value) -> assertThat(map(JOINER).get(key)).as(key).isEqualTo(value));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aJoinerThatWasKilledHalfWayFetchesOnlyTheRest(long seed) {
        startThree(seed);
        joinUpToHalf();
        // Until it has remembered that.
        cluster.runFor(Duration.ofMillis(500));
        progress();
        long cellsBefore = cellsTold;
        if (seed % 2 == 0) {
            cluster.member(JOINER).kill();
        } else {
            cluster.member(JOINER).losePower();
        }
        // A coordinator that does not know yet that the joiner is gone has its quorum without it.
        for (int i = 0; i < KEYS; i += 5) {
            set(1, "k" + i, "new" + i);
        }
        for (int i = 1; i < KEYS; i += 40) {
            map(2).delete("k" + i);
            expected.remove("k" + i);
        }
        cluster.runFor(Duration.ofSeconds(5));
        cluster.member(JOINER).start();
        cluster.runUntil("it goes on", this::isFetching, LIMIT);
        awaitStreamed();
        cluster.awaitAllAlive();

        long held = keysOfJoiner();
        assertThat(held).isGreaterThan(KEYS / 2);
        assertThat(cellsTold).as("fetched after the restart").isLessThan(held - cellsBefore * 3 / 4);
        assertThat(cellsBefore + cellsTold).as("fetched in all").isLessThan(held + held / 4);
        everythingIsThereAlsoWithoutOneOfTheOthers();
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void whatCountsAsFetchedSurvivesALossOfPower(long seed) {
        startThree(seed);
        joinUpToHalf();
        for (int i = 0; i < 3; i++) {
            cluster.runFor(Duration.ofMillis(37 * seed));
            cluster.member(JOINER).losePower();
            cluster.member(JOINER).start();
            cluster.runUntil("it goes on", () -> isFetching() || progress().isEmpty(), LIMIT);
        }
        cluster.awaitAllAlive();
        String joiner = cluster.member(JOINER).store().admin().nodeId();
        expected.forEach((key, value) -> {
            if (cluster.member(0).store().admin().replicasOf("m", key).contains(joiner)) {
                assertThat(map(JOINER).with(ConsistencyLevel.ONE).get(key))
                        .as(key)
                        .isEqualTo(value);
            }
        });
    }

    @Test
    void whatWasFetchedForAChangeThatWasTakenBackIsFetchedAgain() {
        startThree(5);
        joinUpToHalf();
        cluster.member(JOINER).kill();
        cluster.runUntil(
                "the change is taken back",
                () -> cluster.member(0).store().admin().health().problems().stream()
                        .noneMatch(problem -> problem.contains("the ring is changing")),
                LIMIT);
        for (int i = 0; i < KEYS; i += 3) {
            set(1, "k" + i, "new" + i);
        }
        for (int i = 1; i < KEYS; i += 3) {
            map(2).delete("k" + i);
            expected.remove("k" + i);
        }
        cluster.member(JOINER).start();
        cluster.awaitAllAlive();
        for (int i = 0; i < KEYS; i++) {
            assertThat(map(JOINER).with(ConsistencyLevel.QUORUM).get("k" + i)).isEqualTo(expected.get("k" + i));
        }
        everythingIsThereAlsoWithoutOneOfTheOthers();
    }

    @Test
    void streamingTakesAsLongAsItsBoundDemands() {
        startThree(6);
        cluster.member(JOINER).start();
        cluster.runUntil("it begins", this::isFetching, LIMIT);
        long beginNanos = cluster.loop().nowNanos();
        awaitStreamed();
        long tookNanos = cluster.loop().nowNanos() - beginNanos;
        cluster.awaitAllAlive();
        double seconds = (double) keysOfJoiner() * VALUE_BYTES / BYTES_PER_SECOND;
        assertThat(tookNanos / 1e9).isBetween(0.95 * seconds, 1.5 * seconds);
    }
}
