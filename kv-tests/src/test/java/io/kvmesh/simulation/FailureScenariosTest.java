package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.Admin;
import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.Health;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.api.MemberStanding;
import io.kvmesh.api.MemberState;
import io.kvmesh.api.RepairResult;
import io.kvmesh.api.RingInfo;
import io.kvmesh.api.UnavailableException;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What goes wrong in a mesh sooner or later, each from its beginning to its good end: a member is lost and replaced,
 * the network splits, disks rot, one key is asked for by everybody, a data centre is away for long. {@code
 * kv-tests/bin/scenario} plays them with real processes; {@link DamagedTablesTest} and {@link DataCentersTest} have
 * more stories of the third kind and the last.
 */
class FailureScenariosTest {
    private static final int KEYS = 150;
    private static final int VALUE_CHARACTERS = 4_000;
    private static final int READS = 600;
    private static final int PARTS = 24;
    private static final Duration RING_LIMIT = Duration.ofMinutes(5);
    private static final Duration REPAIR_LIMIT = Duration.ofMinutes(20);
    /** Longer than hints are kept. */
    private static final Duration LONG_ABSENCE = Duration.ofHours(4);

    private SimCluster cluster = SimCluster.of(1).seed(0);

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMemberThatIsLostIsReplacedByAnotherOne(long seed) {
        cluster = SimCluster.of(4).seed(seed);
        startFirst(3);
        writeAll(0, "old", ConsistencyLevel.ALL);
        String lost = admin(2).nodeId();
        cluster.member(2).losePower();

        // Nobody has noticed yet: reads and writes go on with what is left.
        writeAll(0, "unnoticed", ConsistencyLevel.QUORUM);
        cluster.settle();
        writeAll(1, "noticed", ConsistencyLevel.QUORUM);
        expectAll(0, "noticed", ConsistencyLevel.QUORUM);
        Health health = admin(0).health();
        assertThat(health.status()).isEqualTo(Health.Status.DEGRADED);
        assertThat(String.join("; ", health.problems())).contains(lost);
        assertThat(admin(0).isSafe()).isFalse();
        assertThat(admin(1).hints().targets())
                .as("hints for the lost member")
                .allMatch(target -> target.member().equals(lost));

        cluster.member(3).start();
        cluster.runUntil("the new member holds keys", () -> isMember(0, 3), RING_LIMIT);
        admin(0).removeMember(lost);
        cluster.runUntil("the lost member is out of the ring", () -> isGone(0, lost) && isGone(3, lost), RING_LIMIT);
        cluster.runUntil("one member could be lost again", () -> admin(0).isSafe(), RING_LIMIT);
        assertThat(admin(0).health().problems()).isEmpty();

        // With three members each holds everything, and answers alone.
        for (int member : List.of(0, 1, 3)) {
            expectAll(member, "noticed", ConsistencyLevel.ONE);
        }
        cluster.settle();
        cluster.member(1).losePower();
        expectAll(3, "noticed", ConsistencyLevel.QUORUM);
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5, 6})
    void bothSidesOfASplitGoOnAtTheLevelTheyCanReachAndAgreeAfterwards(long seed) {
        cluster = SimCluster.of(3).seed(seed).start();
        writeAll(0, "old", ConsistencyLevel.ALL);
        cluster.network().isolate(2);
        // The clocks go on, so that what the lone member writes now is older than what the others write then.
        writeSome(2, "lone", 0, 100, ConsistencyLevel.ONE);
        cluster.settle();
        assertThatThrownBy(() -> map(2).with(ConsistencyLevel.QUORUM).set("k0", "refused"))
                .isInstanceOf(UnavailableException.class);
        assertThatThrownBy(() -> map(2).with(ConsistencyLevel.QUORUM).get("k0"))
                .isInstanceOf(UnavailableException.class);
        writeSome(0, "both", 50, KEYS, ConsistencyLevel.QUORUM);
        map(1).with(ConsistencyLevel.QUORUM).delete("k60");
        assertThat(map(2).with(ConsistencyLevel.ONE).get("k0")).isEqualTo("lone");
        assertThat(map(0).with(ConsistencyLevel.QUORUM).get("k0")).isEqualTo("old");
        assertThat(map(1).with(ConsistencyLevel.QUORUM).get("k50")).isEqualTo("both");

        cluster.network().heal();
        cluster.awaitAllAlive();
        cluster.settle();
        // Nothing was read meanwhile: what each side missed came as hints.
        for (int member = 0; member < 3; member++) {
            for (int key = 0; key < KEYS; key++) {
                String expected = key == 60 ? null : key < 50 ? "lone" : "both";
                assertThat(map(member).with(ConsistencyLevel.ONE).get("k" + key))
                        .as("key %d at member %d", key, member)
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 8})
    void whereMostOfADiskHasRottedItsMemberIsRebuiltFromTheOthers(long seed) throws IOException {
        cluster = SimCluster.of(3).seed(seed).start();
        writeAll(0, "value", ConsistencyLevel.ALL);
        cluster.members().forEach(member -> member.store().admin().flush());
        rot(cluster.member(1));
        for (int key = 0; key < KEYS; key++) {
            assertThat(map(1).with(ConsistencyLevel.QUORUM).get("k" + key)).isEqualTo("value");
        }
        assertThat(admin(1).health().status()).isEqualTo(Health.Status.DEGRADED);
        // The worst case: the disk is changed, and the member comes back with nothing, as somebody new.
        String lost = admin(1).nodeId();
        cluster.member(1).kill();
        cluster.member(1).disk().wipe();
        cluster.settle();
        cluster.member(1).start();
        cluster.runUntil("the rebuilt member holds keys", () -> isMember(0, 1), RING_LIMIT);
        admin(0).removeMember(lost);
        cluster.runUntil("its old identity is out of the ring", () -> isGone(0, lost) && isGone(1, lost), RING_LIMIT);
        cluster.runUntil("one member could be lost again", () -> admin(1).isSafe(), RING_LIMIT);
        assertThat(admin(1).health().problems()).isEmpty();
        expectAll(1, "value", ConsistencyLevel.ONE);
        cluster.settle();
        cluster.member(0).losePower();
        expectAll(2, "value", ConsistencyLevel.QUORUM);
    }

    @Test
    void whoHoldsAHotKeyReadsItWithoutAskingAnybodyForItsValue() {
        cluster = SimCluster.of(3).seed(9).start();
        map(0).with(ConsistencyLevel.ALL).set("hot", "v".repeat(VALUE_CHARACTERS));
        cluster.settle();
        for (ConsistencyLevel level : List.of(ConsistencyLevel.ONE, ConsistencyLevel.QUORUM)) {
            long before = bytesSent();
            for (int i = 0; i < READS; i++) {
                assertThat(map(i % 3).with(level).get("hot")).hasSize(VALUE_CHARACTERS);
            }
            assertThat((bytesSent() - before) / READS)
                    .as("bytes sent for a read at %s", level)
                    .isLessThan(VALUE_CHARACTERS / 10);
        }
    }

    @Test
    void aHotKeyThatIsSplitIsServedByAllMembers() {
        cluster = SimCluster.of(6).seed(10).start();
        for (int part = 0; part < PARTS; part++) {
            map(0).with(ConsistencyLevel.ALL).set("hot_" + part, "v".repeat(VALUE_CHARACTERS));
        }
        cluster.settle();
        List<Long> before = bytesByMember();
        for (int i = 0; i < READS; i++) {
            assertThat(map(i % 6).with(ConsistencyLevel.QUORUM).get("hot_" + i / 6 % PARTS))
                    .hasSize(VALUE_CHARACTERS);
        }
        List<Long> after = bytesByMember();
        long sum = after.stream().mapToLong(bytes -> bytes).sum()
                - before.stream().mapToLong(bytes -> bytes).sum();
        for (int member = 0; member < 6; member++) {
            double share = (double) (after.get(member) - before.get(member)) / sum;
            assertThat(share).as("share of member %d", member).isBetween(0.02, 0.4);
        }
    }

    @Test
    void oneThatIsSlowIsSparedByTheReadersOfAHotKey() {
        cluster = SimCluster.of(6).seed(11).start();
        map(0).with(ConsistencyLevel.ALL).set("hot", "value");
        List<String> replicas = admin(0).replicasOf("m", "hot");
        int reader = membersWithout(replicas).get(0);
        cluster.member(indexOf(replicas.get(0))).pause();
        long startNanos = cluster.loop().nowNanos();
        for (int i = 0; i < 300; i++) {
            assertThat(map(reader).with(ConsistencyLevel.QUORUM).get("hot")).isEqualTo("value");
        }
        assertThat(Duration.ofNanos(cluster.loop().nowNanos() - startNanos)).isLessThan(Duration.ofSeconds(2));
    }

    @ParameterizedTest
    @ValueSource(longs = {12, 13})
    void aDataCenterThatWasAwayForLongIsRepairedWithoutBeingRead(long seed) {
        List<Integer> west = List.of(3, 4, 5);
        cluster = SimCluster.of(6)
                .configureEach((index, builder) -> builder.gossipInterval(Duration.ofSeconds(10))
                        .joinTimeout(Duration.ofMinutes(2))
                        .dataCenter(west.contains(index) ? "west" : "east")
                        .replication(Map.of("east", 3, "west", 3)))
                .seed(seed)
                .start();
        writeAll(0, "old", ConsistencyLevel.EACH_QUORUM);
        west.forEach(member -> cluster.member(member).losePower());
        cluster.runFor(Duration.ofMinutes(2));
        writeAll(1, "new", ConsistencyLevel.LOCAL_QUORUM);
        map(2).with(ConsistencyLevel.LOCAL_QUORUM).delete("k7");
        expectMissing(0, "k7");
        cluster.runFor(LONG_ABSENCE);

        west.forEach(member -> cluster.member(member).start());
        cluster.awaitAllAlive();
        cluster.runUntil(
                "all know that no partition moves any more",
                () -> cluster.running().stream()
                        .allMatch(member -> member.store().admin().ring().phase() == RingInfo.Phase.STEADY),
                RING_LIMIT);
        CompletableFuture<RepairResult> repair = admin(4).startRepair();
        cluster.runUntil("the repair ends", repair::isDone, REPAIR_LIMIT);
        assertThat(repair.join().problems()).isEmpty();
        // Each member holds everything of its data centre.
        for (int member : west) {
            expectMissing(member, "k7");
            for (int key = 8; key < KEYS; key++) {
                assertThat(map(member).with(ConsistencyLevel.LOCAL_ONE).get("k" + key))
                        .isEqualTo("new");
            }
        }
    }

    private void startFirst(int count) {
        for (int member = 0; member < count; member++) {
            cluster.member(member).start();
        }
        cluster.awaitAllAlive();
    }

    private void writeAll(int member, String value, ConsistencyLevel level) {
        writeSome(member, value, 0, KEYS, level);
    }

    private void writeSome(int member, String value, int from, int to, ConsistencyLevel level) {
        for (int key = from; key < to; key++) {
            map(member).with(level).set("k" + key, value);
        }
    }

    private void expectAll(int member, String value, ConsistencyLevel level) {
        for (int key = 0; key < KEYS; key++) {
            assertThat(map(member).with(level).get("k" + key))
                    .as("key %d at member %d", key, member)
                    .isEqualTo(value);
        }
    }

    private void expectMissing(int member, String key) {
        assertThat(map(member).with(ConsistencyLevel.LOCAL_ONE).get(key)).isNull();
    }

    private boolean isMember(int observer, int subject) {
        String address = cluster.member(subject).address().toString();
        return admin(observer).members().stream()
                .anyMatch(member -> member.address().equals(address)
                        && member.state() == MemberState.ALIVE
                        && member.standing() == MemberStanding.MEMBER);
    }

    private boolean isGone(int observer, String id) {
        return admin(observer).members().stream()
                .filter(member -> member.id().equals(id))
                .allMatch(member -> member.standing() == MemberStanding.NONE);
    }

    /** Changes bits in every table, where records are. */
    private static void rot(SimMember member) throws IOException {
        for (Map.Entry<Path, Long> file : member.disk().fileSizesBytes().entrySet()) {
            if (file.getKey().toString().endsWith(".sst")) {
                for (long offset = 20; offset < file.getValue() - 100; offset += 300) {
                    member.disk().flipBits(file.getKey(), offset, 4);
                }
            }
        }
    }

    private List<Integer> membersWithout(List<String> ids) {
        List<Integer> members = new ArrayList<>();
        for (SimMember member : cluster.members()) {
            if (!ids.contains(member.store().admin().nodeId())) {
                members.add(member.index());
            }
        }
        return members;
    }

    private int indexOf(String id) {
        for (MemberInfo info : admin(0).members()) {
            for (SimMember member : cluster.members()) {
                if (info.id().equals(id) && member.address().toString().equals(info.address())) {
                    return member.index();
                }
            }
        }
        throw new AssertionError("no member " + id);
    }

    private long bytesSent() {
        return bytesByMember().stream().mapToLong(bytes -> bytes).sum();
    }

    /** What each member has sent to all others. */
    private List<Long> bytesByMember() {
        List<Long> bytes = new ArrayList<>();
        for (SimMember from : cluster.members()) {
            bytes.add(cluster.members().stream()
                    .filter(to -> to != from)
                    .mapToLong(to -> cluster.network().bytesSent(from.index(), to.index()))
                    .sum());
        }
        return bytes;
    }

    private Admin admin(int member) {
        return cluster.member(member).store().admin();
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }
}
