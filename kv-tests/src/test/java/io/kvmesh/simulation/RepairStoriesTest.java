package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.RepairInfo;
import io.kvmesh.api.RepairResult;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.WriteTimeoutException;
import io.kvmesh.testkit.LinkSettings;
import io.kvmesh.testkit.SimCluster;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replicas that missed something get it from the others, without anybody reading it. */
class RepairStoriesTest {
    private static final int KEYS = 200;
    /** Longer than anybody keeps writes for a member that is away. */
    private static final Duration LONG_ABSENCE = Duration.ofHours(4);

    private static final Duration REPAIR_LIMIT = Duration.ofMinutes(10);

    private SimCluster cluster = SimCluster.of(1).seed(0);

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    private void start(int members, long seed, UnaryOperator<KvConfig.Builder> settings) {
        cluster = SimCluster.of(members)
                .configure(builder -> settings.apply(
                        // Who is away for longer than usual is to come back to its seat.
                        builder.gossipInterval(Duration.ofSeconds(10)).removeAfter(Duration.ZERO)))
                .seed(seed)
                .start();
    }

    private void start(int members, long seed) {
        start(members, seed, UnaryOperator.identity());
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }

    private KvMap<String, String> own(int member) {
        return map(member).with(ConsistencyLevel.ONE);
    }

    private void writeAll(String value) {
        for (int i = 0; i < KEYS; i++) {
            map(0).with(ConsistencyLevel.ALL).set("k" + i, value);
        }
    }

    private RepairResult repair(int member) {
        CompletableFuture<RepairResult> repair =
                cluster.member(member).store().admin().startRepair("m");
        cluster.runUntil("the repair ends", repair::isDone, REPAIR_LIMIT);
        return repair.join();
    }

    private RepairInfo info(int member) {
        return cluster.member(member).store().admin().repair();
    }

    /** With three members each holds everything, and answers alone. */
    private Map<String, String> content(int member) {
        Map<String, String> content = new TreeMap<>();
        for (int i = 0; i < KEYS + 50; i++) {
            String value = own(member).get("k" + i);
            if (value != null) {
                content.put("k" + i, value);
            }
        }
        return content;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatAReplicaMissedForLongArrivesWithOneRepair(long seed) {
        start(3, seed);
        writeAll("old");
        cluster.network().isolate(2);
        cluster.settle();
        for (int i = 0; i < KEYS; i += 7) {
            map(i % 2).set("k" + i, "new");
        }
        for (int i = 1; i < KEYS; i += 13) {
            map(0).delete("k" + i);
        }
        map(1).set("k" + KEYS, "first");
        cluster.runFor(LONG_ABSENCE);
        cluster.network().heal();
        cluster.awaitAllAlive();
        assertThat(own(2).get("k7")).isEqualTo("old");

        RepairResult result = repair((int) (seed % 3));

        assertThat(result.problems()).isEmpty();
        assertThat(result.isComplete()).isTrue();
        assertThat(result.partitions()).isEqualTo(64);
        assertThat(result.cellsPushed() + result.cellsFetched()).isPositive();
        assertThat(info(0).failed()).isZero();
        assertThat(content(2)).isEqualTo(content(0)).isEqualTo(content(1)).containsEntry("k7", "new");
        assertThat(content(2)).containsEntry("k" + KEYS, "first").doesNotContainKey("k1");
        RepairResult again = repair((int) (seed % 3));
        assertThat(again.cellsFetched() + again.cellsPushed()).isZero();
    }

    @Test
    void whatEachSideAloneHasGoesToAllReplicas() {
        start(5, 4, settings -> settings.replicationFactor(5));
        writeAll("old");
        cluster.network().isolate(0);
        cluster.network().cut(1, 2);
        for (int i = 0; i < KEYS; i += 3) {
            own(i % 5).set("k" + i, "of " + i % 5);
            own((i + 1) % 5).set("k" + (i + 1), "of " + (i + 1) % 5);
        }
        cluster.runFor(LONG_ABSENCE);
        cluster.network().heal();
        cluster.awaitAllAlive();

        assertThat(repair(3).problems()).isEmpty();

        Map<String, String> all = content(3);
        assertThat(all).hasSize(KEYS).containsEntry("k3", "of 3").containsEntry("k0", "of 0");
        for (int member = 0; member < 5; member++) {
            assertThat(content(member)).isEqualTo(all);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void deletionsAreRememberedUntilTheReplicaThatWasAwayHasThemAndThenForgotten(long seed) {
        start(3, seed, RepairStoriesTest::shortLived);
        writeAll("v");
        cluster.member(2).stop();
        cluster.settle();
        for (int i = 0; i < KEYS; i++) {
            map(0).delete("k" + i);
        }
        flushAll();
        cluster.runFor(Duration.ofHours(8));
        assertThat(info(0).partial() + info(1).partial())
                .as("two of three compared themselves")
                .isPositive();
        assertThat(info(0).completed() + info(1).completed()).isZero();
        assertThat(tables(0)).as("the deletions are remembered").isPositive();
        assertThat(tables(1)).isPositive();

        cluster.member(2).start();
        cluster.awaitAllAlive();
        assertThat(content(2)).as("it has the old values, and asks others").isEmpty();
        cluster.runFor(Duration.ofHours(4));

        assertThat(content(2)).as("nothing came back").isEmpty();
        assertThat(content(0)).isEmpty();
        assertThat(content(1)).isEmpty();
        flushAll();
        cluster.runFor(Duration.ofHours(4));
        for (int member = 0; member < 3; member++) {
            assertThat(tables(member)).as("nothing is remembered").isZero();
        }
    }

    /** Deletions grow old within an hour, and everything is repaired in one. */
    private static KvConfig.Builder shortLived(KvConfig.Builder settings) {
        return settings.gcGrace(Duration.ofHours(1)).repairInterval(Duration.ofHours(1));
    }

    private void flushAll() {
        cluster.running().forEach(member -> member.store().admin().flush());
    }

    private long tables(int member) {
        return cluster.member(member).store().admin().storage().disk().sstableCount();
    }

    @Test
    void everyPartitionIsRepairedByItselfWithinTheInterval() {
        start(3, 7, RepairStoriesTest::shortLived);
        writeAll("v");
        cluster.runFor(Duration.ofMinutes(70));
        for (int member = 0; member < 3; member++) {
            RepairInfo info = info(member);
            assertThat(info.partitions()).isPositive();
            assertThat(info.repaired()).isEqualTo(info.partitions());
            assertThat(info.oldestComplete()).isPresent();
            assertThat(info.failed()).isZero();
            assertThat(info.cellsFetched() + info.cellsPushed()).isZero();
        }
        assertThat(info(0).partitions() + info(1).partitions() + info(2).partitions())
                .isEqualTo(64);
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 9, 10})
    void aRepairThatWasInterruptedGoesOnAfterARestart(long seed) {
        start(3, seed, settings -> settings.repairInterval(Duration.ofDays(100)));
        writeAll("v");
        CompletableFuture<RepairResult> repair =
                cluster.member(0).store().admin().startRepair();
        cluster.runUntil("half is done", () -> info(0).completed() > 30, REPAIR_LIMIT);
        cluster.runFor(Duration.ofSeconds(2));
        long before = info(0).repaired();
        cluster.member(0).kill();
        assertThat(repair).isNotCompletedExceptionally();
        cluster.member(0).start();
        cluster.awaitAllAlive();
        assertThat(info(0).repaired()).isEqualTo(before).isPositive();
        assertThat(repair(0).isComplete()).isTrue();
        assertThat(info(0).repaired()).isEqualTo(info(0).partitions());
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void aReplicaThatDiesDuringTheRepairKeepsItFromCountingAndIsRepairedLater(long seed) {
        start(3, seed);
        writeAll("v");
        missWrites(2);
        CompletableFuture<RepairResult> repair =
                cluster.member(0).store().admin().startRepair("m");
        cluster.runUntil("some is done", () -> info(0).completed() > 5, REPAIR_LIMIT);
        cluster.member(2).losePower();
        cluster.runUntil("the repair ends", repair::isDone, REPAIR_LIMIT);
        assertThat(repair.join().isComplete()).isFalse();
        assertThat(repair.join().problems()).isNotEmpty();
        assertThat(repair.join().complete()).isBetween(6, 63);
        cluster.member(2).start();
        cluster.awaitAllAlive();
        assertThat(repair(1).problems()).isEmpty();
        assertThat(content(2)).isEqualTo(content(0)).isEqualTo(content(1));
    }

    private void missWrites(int member) {
        cluster.network().isolate(member);
        cluster.settle();
        for (int i = 0; i < KEYS; i += 2) {
            map((member + 1) % 3).set("k" + i, "new");
        }
        cluster.runFor(LONG_ABSENCE);
        cluster.network().heal();
        cluster.awaitAllAlive();
    }

    @ParameterizedTest
    @ValueSource(longs = {14, 15, 16})
    void writesGoOnDuringTheRepairOverABadNetwork(long seed) {
        start(3, seed);
        writeAll("v");
        missWrites(1);
        cluster.network()
                .use(LinkSettings.RELIABLE.withLoss(0.02).withDuplication(0.1).withReordering(0.2));
        CompletableFuture<RepairResult> repair =
                cluster.member(2).store().admin().startRepair("m");
        Map<String, String> expected = new TreeMap<>(content(2));
        for (int i = 0; !repair.isDone() && i < 2_000; i++) {
            String key = "k" + cluster.loop().random().nextInt(KEYS);
            writeSurely(i % 3, key, "during " + i);
            expected.put(key, "during " + i);
        }
        cluster.network().use(LinkSettings.RELIABLE);
        cluster.runUntil("the repair ends", repair::isDone, REPAIR_LIMIT);
        cluster.settle();
        assertThat(repair(2).problems()).isEmpty();
        for (int member = 0; member < 3; member++) {
            assertThat(content(member)).isEqualTo(expected);
        }
    }

    private void writeSurely(int member, String key, String value) {
        boolean written = false;
        while (!written) {
            try {
                map(member).with(ConsistencyLevel.ALL).set(key, value);
                written = true;
            } catch (WriteTimeoutException e) {
                assertThat(e.retryable()).isTrue();
            }
        }
    }

    @Test
    void aMapThatTheFirstReplicaNeverHeardOfIsRepaired() {
        start(3, 17);
        cluster.network().isolate(0);
        cluster.settle();
        for (int i = 0; i < KEYS; i++) {
            map(1).set("k" + i, "v");
        }
        cluster.runFor(LONG_ABSENCE);
        cluster.network().heal();
        cluster.awaitAllAlive();
        RepairResult result = repair(0);
        assertThat(result.problems()).isEmpty();
        assertThat(result.cellsFetched()).isEqualTo(KEYS);
        assertThat(content(0)).hasSize(KEYS);
    }

    @Test
    void morePagesThanOneAreMovedInBothDirections() {
        start(3, 18, settings -> settings.memtableBytes(1 << 20));
        cluster.network().isolate(2);
        String large = "x".repeat(10_000);
        for (int i = 0; i < KEYS; i++) {
            own(i % 2 == 0 ? 2 : 0).set("k" + i, large + i);
        }
        cluster.runFor(LONG_ABSENCE);
        cluster.network().heal();
        cluster.awaitAllAlive();
        assertThat(repair(1).problems()).isEmpty();
        assertThat(content(2)).hasSize(KEYS).isEqualTo(content(0)).isEqualTo(content(1));
    }

    @Test
    void whatCannotBeRepairedIsRefusedWithTheReason() {
        start(5, 19);
        writeAll("v");
        assertThatThrownBy(() -> cluster.member(0).store().admin().startRepair("m", 64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("partition 64 must be between 0 and 63");
        CompletableFuture<RepairResult> unknown =
                cluster.member(0).store().admin().startRepair("nobody's");
        cluster.runUntil("it fails", unknown::isDone, REPAIR_LIMIT);
        assertThatThrownBy(unknown::join).hasMessageContaining("has a map 'nobody's'");
        int held = 0;
        CompletableFuture<RepairResult> last = unknown;
        for (int partition = 0; partition < 64; partition++) {
            try {
                last = cluster.member(0).store().admin().startRepair("m", partition);
                held++;
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageContaining("does not hold partition " + partition);
            }
        }
        assertThat(held).isBetween(10, 60);
        cluster.runUntil("all are repaired", last::isDone, REPAIR_LIMIT);
        assertThat(info(0).completed()).isEqualTo(held);
        assertThat(info(0).waiting()).isZero();
    }

    @Test
    void aRepairThatIsWaitedForFailsWhenTheStoreIsClosed() {
        start(3, 20);
        writeAll("v");
        CompletableFuture<RepairResult> repair =
                cluster.member(0).store().admin().startRepair("m");
        cluster.member(0).stop();
        assertThatThrownBy(repair::join).hasCauseInstanceOf(StoreClosedException.class);
        cluster.member(0).start();
    }
}
