package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.Health;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MapSpecMismatchException;
import io.kvmesh.api.ReadTimeoutException;
import io.kvmesh.api.UnavailableException;
import io.kvmesh.api.WriteTimeoutException;
import io.kvmesh.testkit.IoFaults;
import io.kvmesh.testkit.IoOperation;
import io.kvmesh.testkit.LinkSettings;
import io.kvmesh.testkit.SimCluster;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One put and one get in all kinds of weather, told through the public API. */
class QuorumStoriesTest {
    private static final Duration OPERATION_TIMEOUT = Duration.ofSeconds(2);

    private SimCluster cluster = SimCluster.of(1).seed(0);

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.network().heal();
        cluster.stop();
        cluster.checkFailures();
    }

    @ParameterizedTest
    @EnumSource(value = ConsistencyLevel.class, mode = EnumSource.Mode.EXCLUDE, names = "ANY")
    void whatIsWrittenAtALevelIsReadAtAll(ConsistencyLevel level) {
        threeMembers(7);
        map(0).with(level).set("k", "v");
        cluster.settle();
        assertThat(map(1).with(ConsistencyLevel.ALL).get("k")).isEqualTo("v");
        assertThat(map(2).with(level).get("k")).isEqualTo("v");
    }

    @Test
    void aWriteAtAnyNeedsOneReplicaAndAReadAtAnyIsRefused() {
        threeMembers(7);
        KvMap<String, String> any = map(0).with(ConsistencyLevel.ANY);
        any.set("k", "v");
        cluster.settle();
        assertThat(map(1).with(ConsistencyLevel.ALL).get("k")).isEqualTo("v");
        assertThatThrownBy(() -> any.get("k"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot be read at ANY, which is for writes only");
        assertThatThrownBy(() -> any.async().get("k")).hasMessageContaining("cannot be read at ANY");
    }

    @Test
    void putAndRemoveReturnTheOldValueAndSetAndDeleteDoNotReadIt() {
        threeMembers(8);
        assertThat(map(0).put("k", "one")).isNull();
        assertThat(map(1).put("k", "two")).isEqualTo("one");
        assertThat(map(2).remove("k")).isEqualTo("two");
        assertThat(map(0).get("k")).isNull();
        assertThat(map(0).containsKey("k")).isFalse();
        map(1).set("k", "three");
        assertThat(map(2).getOrDefault("k", "none")).isEqualTo("three");
        map(0).delete("k");
        assertThat(map(1).getVersioned("k")).isNull();
    }

    @Test
    void aReadRepairsTheReplicaThatMissedTheWrite() {
        threeMembers(9);
        map(0).set("k", "old");
        cluster.settle();
        cluster.network().isolate(2);
        map(0).set("k", "new");
        cluster.network().heal();
        cluster.awaitAllAlive();
        assertThat(map(2).with(ConsistencyLevel.ONE).get("k"))
                .as("its own replica missed it")
                .isEqualTo("old");
        assertThat(map(2).get("k")).as("the quorum has it").isEqualTo("new");
        assertThat(map(2).with(ConsistencyLevel.ONE).get("k"))
                .as("the read repaired it")
                .isEqualTo("new");
    }

    @Test
    void readsThatNeedOneReplicaRepairTheOthersSoonerOrLater() {
        // Hints would bring the write before any read does.
        cluster = SimCluster.of(3)
                .configure(settings -> settings.hintWindow(Duration.ZERO))
                .seed(9)
                .start();
        map(0).set("k", "old");
        cluster.settle();
        cluster.network().isolate(2);
        map(0).set("k", "new");
        cluster.network().heal();
        cluster.awaitAllAlive();
        KvMap<String, String> one = map(0).with(ConsistencyLevel.ONE);
        KvMap<String, String> behind = map(2).with(ConsistencyLevel.ONE);
        assertThat(behind.get("k")).isEqualTo("old");
        int reads = 0;
        while (!"new".equals(behind.get("k"))) {
            assertThat(reads).isLessThan(2_000);
            assertThat(one.get("k")).isEqualTo("new");
            reads++;
            cluster.settle();
        }
        assertThat(reads).as("most reads compare nothing").isGreaterThan(1);
    }

    @Test
    void aDeletedKeyStaysDeletedWhenAReplicaMissedTheDelete() {
        threeMembers(10);
        map(0).set("k", "v");
        cluster.settle();
        cluster.network().isolate(2);
        map(0).delete("k");
        cluster.network().heal();
        cluster.awaitAllAlive();
        assertThat(map(2).get("k")).isNull();
        assertThat(map(2).with(ConsistencyLevel.ONE).get("k")).isNull();
    }

    @Test
    void whileADeathIsUnnoticedReadsAndWritesGoOnInTime() {
        threeMembers(11);
        map(0).set("k", "v");
        cluster.member(1).kill();
        long startNanos = cluster.loop().nowNanos();
        assertThat(map(0).get("k")).isEqualTo("v");
        map(0).set("k", "w");
        assertThat(map(2).get("k")).isEqualTo("w");
        assertThat(Duration.ofNanos(cluster.loop().nowNanos() - startNanos)).isLessThan(OPERATION_TIMEOUT);
    }

    @Test
    void whileADeathIsUnnoticedOneSlowReadASecondIsAllThatItCosts() {
        threeMembers(11);
        for (int i = 0; i < 100; i++) {
            map(0).set("k" + i, "v");
        }
        cluster.member(1).kill();
        long startNanos = cluster.loop().nowNanos();
        for (int i = 0; i < 100; i++) {
            assertThat(map(0).get("k" + i)).isEqualTo("v");
        }
        assertThat(Duration.ofNanos(cluster.loop().nowNanos() - startNanos)).isLessThan(Duration.ofMillis(600));
    }

    @Test
    void aWriteThatTooFewAcknowledgeTellsWhoDidNotAnswerAndThatItMayBeWritten() {
        threeMembers(12);
        map(0).set("k", "u");
        cluster.network().isolate(0);
        WriteTimeoutException failure = catchThrowableOfType(WriteTimeoutException.class, () -> map(0).set("k", "v"));
        assertThat(failure)
                .hasMessageContaining("may or may not be written")
                .hasMessageContaining("acknowledged by 1")
                .hasMessageContaining(cluster.member(1).address().toString())
                .hasMessageContaining(cluster.member(2).address().toString());
        assertThat(failure.outcome()).isEqualTo(KvException.Outcome.UNKNOWN);
        assertThat(failure.retryable()).isTrue();
    }

    @Test
    void aReadThatTooFewAnswerTellsWhoDidNot() {
        threeMembers(27);
        map(0).set("k", "v");
        cluster.network().isolate(0);
        long startNanos = cluster.loop().nowNanos();
        assertThatThrownBy(() -> map(0).get("k"))
                .isInstanceOf(ReadTimeoutException.class)
                .hasMessageContaining("was not read within 2000 ms; no answer from")
                .hasMessageContaining(cluster.member(1).address().toString())
                .hasMessageContaining("Reading it again is safe");
        assertThat(Duration.ofNanos(cluster.loop().nowNanos() - startNanos)).isEqualTo(OPERATION_TIMEOUT);
    }

    @Test
    void onceTheDeathIsKnownAnOperationThatCannotSucceedFailsAtOnceAndDoesNothing() {
        threeMembers(13);
        map(0).set("k", "v");
        cluster.network().isolate(0);
        cluster.settle();
        long startNanos = cluster.loop().nowNanos();
        assertThatThrownBy(() -> map(0).set("k", "w"))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("needs 2 replicas of 3, 1 alive")
                .hasMessageContaining(cluster.member(1).address().toString());
        assertThatThrownBy(() -> map(0).get("k")).isInstanceOf(UnavailableException.class);
        assertThat(cluster.loop().nowNanos()).isEqualTo(startNanos);
        assertThat(map(0).with(ConsistencyLevel.ONE).get("k")).isEqualTo("v");
        cluster.network().heal();
        cluster.awaitAllAlive();
        assertThat(map(0).get("k")).isEqualTo("v");
    }

    @ParameterizedTest
    @ValueSource(longs = {-900, -400, 400, 900})
    void aWriteOfAMemberWhoseClockIsOffDoesNotLoseToAnEarlierOne(long offsetMillis) {
        cluster = SimCluster.of(5).seed(14).start();
        cluster.member(4).clock().setOffset(Duration.ofMillis(offsetMillis));
        for (int i = 0; i < 50; i++) {
            String key = "k" + i;
            map(0).set(key, "first");
            map(4).set(key, "second");
            assertThat(map(1).get(key)).isEqualTo("second");
            map(2).set(key, "third");
            assertThat(map(3).get(key)).isEqualTo("third");
        }
    }

    @Test
    void aMemberThatReturnsWithItsClockSetBackDoesNotLoseToItsEarlierLife() {
        cluster = SimCluster.of(5).seed(28).start();
        for (int i = 0; i < 50; i++) {
            map(4).set("k" + i, "earlier life");
        }
        cluster.member(4).kill();
        cluster.member(4).clock().setOffset(Duration.ofMillis(-900));
        cluster.member(4).start();
        cluster.awaitAllAlive();
        for (int i = 0; i < 50; i++) {
            map(4).set("k" + i, "later life");
            assertThat(map(1).get("k" + i)).isEqualTo("later life");
        }
    }

    @Test
    void aWriteStampedFarAheadIsRefusedWithTheReason() {
        threeMembers(15);
        map(0).set("k", "v");
        cluster.member(0).clock().setOffset(Duration.ofSeconds(5));
        assertThatThrownBy(() -> map(0).set("k", "w"))
                .isInstanceOf(KvException.class)
                .hasMessageContaining("ms ahead of this member's clock");
    }

    @Test
    void aMapThatExistsWithOtherTypesElsewhereIsRefused() {
        threeMembers(16);
        map(0).set("k", "v");
        cluster.settle();
        KvMap<Long, String> other = cluster.member(1).store().map("m2", Long.class, String.class);
        other.set(1L, "v");
        KvMap<String, String> clash = cluster.member(2).store().map("clash", String.class, String.class);
        cluster.member(0).store().map("clash", Long.class, String.class).set(1L, "v");
        assertThatThrownBy(() -> clash.with(ConsistencyLevel.ALL).set("k", "v"))
                .isInstanceOf(KvException.class)
                .hasMessageContaining("clash");
        assertThatThrownBy(() -> cluster.member(1).store().map("clash", String.class, String.class))
                .isInstanceOf(MapSpecMismatchException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26})
    void lossDuplicationAndReorderingLoseNothingThatWasAcknowledged(long seed) {
        threeMembers(seed);
        cluster.network()
                .use(LinkSettings.RELIABLE.withLoss(0.05).withDuplication(0.1).withReordering(0.2));
        Map<String, String> acknowledged = new TreeMap<>();
        Map<String, String> unknown = new TreeMap<>();
        for (int i = 0; i < 300; i++) {
            String key = "k" + cluster.loop().random().nextInt(40);
            try {
                map(cluster.loop().random().nextInt(3)).set(key, "v" + i);
                acknowledged.put(key, "v" + i);
                unknown.remove(key);
            } catch (KvException e) {
                unknown.put(key, "v" + i);
            }
        }
        cluster.network().use(LinkSettings.RELIABLE);
        cluster.awaitAllAlive();
        cluster.settle();
        acknowledged.forEach((key, value) -> assertThat(map(1).get(key))
                .satisfiesAnyOf(
                        seen -> assertThat(seen).isEqualTo(value),
                        seen -> assertThat(seen).isEqualTo(unknown.get(key))));
    }

    @Test
    void aMemberWhoseDiskFailsTakesNoMoreWritesServesReadsAndDoesNotHoldUpTheOthers() {
        threeMembers(20);
        map(0).set("k", "v");
        cluster.settle();
        cluster.member(0).disk().faults().failAll(IoOperation.WRITE, IoFaults.DISK_FULL);
        map(1).set("k", "w");
        cluster.settle();
        assertThat(cluster.member(0).store().health().status()).isEqualTo(Health.Status.READ_ONLY);
        assertThat(cluster.member(0).store().health().problems().toString()).contains(IoFaults.DISK_FULL);
        assertThat(map(0).get("k")).isEqualTo("w");
        map(0).set("k", "x");
        assertThat(map(2).get("k")).as("two other replicas took it").isEqualTo("x");
        assertThatThrownBy(() -> map(0).with(ConsistencyLevel.ALL).set("k", "y"))
                .isInstanceOf(KvException.class)
                .hasMessageContaining(IoFaults.DISK_FULL);
        cluster.member(0).disk().faults().clear();
        cluster.member(0).kill();
    }

    @Test
    void asynchronousCallsCompleteOnTheCallbackLane() {
        threeMembers(17);
        CompletableFuture<Void> set = map(0).async().set("k", "v");
        assertThat(set).isNotDone();
        cluster.runUntil("the write ends", set::isDone, OPERATION_TIMEOUT);
        CompletableFuture<String> got = map(1).async().get("k");
        cluster.runUntil("the read ends", got::isDone, OPERATION_TIMEOUT);
        assertThat(got).isCompletedWithValue("v");
        CompletableFuture<String> replaced = map(2).async().put("k", "w");
        cluster.runUntil("the put ends", replaced::isDone, OPERATION_TIMEOUT);
        assertThat(replaced).isCompletedWithValue("v");
        CompletableFuture<String> removed = map(2).async().remove("k");
        cluster.runUntil("the remove ends", removed::isDone, OPERATION_TIMEOUT);
        assertThat(removed).isCompletedWithValue("w");
        assertThat(map(0).get("k")).isNull();
    }

    @Test
    void manyKeysAtOnce() {
        threeMembers(18);
        Map<String, String> entries = new TreeMap<>();
        for (int i = 0; i < 200; i++) {
            entries.put("k" + i, "v" + i);
        }
        map(0).putAll(entries);
        assertThat(map(1).getAll(entries.keySet())).isEqualTo(entries);
        assertThat(map(1).getAll(List.of("k1", "none"))).containsOnlyKeys("k1");
    }

    @Test
    void aClosedStoreRefusesEverything() {
        threeMembers(19);
        KvMap<String, String> map = map(0);
        map.set("k", "v");
        cluster.member(0).stop();
        assertThatThrownBy(() -> map.get("k")).hasMessageContaining("is closed");
        assertThatThrownBy(() -> map.set("k", "v")).hasMessageContaining("is closed");
    }

    private void threeMembers(long seed) {
        cluster = SimCluster.of(3).seed(seed).start();
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }
}
