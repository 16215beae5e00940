package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.Health;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.testkit.SimCluster;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Members that do not come back leave the ring after a time, or are replaced, as the settings say. */
class LostMembersTest {
    private static final int KEYS = 60;
    private static final Duration CHANGE_LIMIT = Duration.ofMinutes(2);

    private SimCluster cluster = SimCluster.of(1).seed(0);
    private String replaced = "";
    /** Members are in so many racks by turns. */
    private int racks = 1;

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMemberThatIsDeadForLongIsTakenOutAndItsKeysAreStoredAnew(long seed) {
        start(5, 5, seed, Duration.ofMinutes(10));
        writeAll(0, "old");
        String lost = cluster.member(4).store().admin().nodeId();
        cluster.member(4).kill();
        cluster.runFor(Duration.ofMinutes(9));
        assertThat(members(0)).contains(lost);
        cluster.runUntil("the lost member is out of the ring", () -> isGone(lost, 0, 4), CHANGE_LIMIT);
        cluster.settle();
        for (int i = 0; i < KEYS; i++) {
            List<String> replicas = cluster.member(0).store().admin().replicasOf("m", "k" + i);
            assertThat(replicas).hasSize(3).doesNotContain(lost);
            for (int member = 0; member < 4; member++) {
                if (replicas.contains(cluster.member(member).store().admin().nodeId())) {
                    assertThat(map(member).with(ConsistencyLevel.ONE).get("k" + i))
                            .isEqualTo("old" + i);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aRackThatIsLostForLongIsTakenOutAsAWhole(long seed) {
        racks = 3;
        start(6, 6, seed, Duration.ofMinutes(10));
        writeAll(0, "old");
        String first = cluster.member(2).store().admin().nodeId();
        String second = cluster.member(5).store().admin().nodeId();
        cluster.member(2).kill();
        cluster.runFor(Duration.ofMinutes(1));
        cluster.member(5).kill();
        List<Integer> left = List.of(0, 1, 3, 4);
        cluster.runFor(Duration.ofMinutes(9));
        cluster.runUntil(
                "both are out of the ring",
                () -> left.stream().allMatch(i -> isGone(first, i, i + 1) && isGone(second, i, i + 1)),
                CHANGE_LIMIT);
        cluster.settle();
        assertThat(members(0)).hasSize(4).doesNotContain(first, second);
        for (int i = 0; i < KEYS; i++) {
            List<String> replicas = cluster.member(0).store().admin().replicasOf("m", "k" + i);
            assertThat(replicas).hasSize(3);
            for (int member : left) {
                if (replicas.contains(cluster.member(member).store().admin().nodeId())) {
                    assertThat(map(member).with(ConsistencyLevel.ONE).get("k" + i))
                            .isEqualTo("old" + i);
                }
            }
        }
    }

    @Test
    void twoThatMayHaveHadTheOnlyCopiesKeepTheirPlaces() {
        start(5, 5, 4, Duration.ofMinutes(10));
        writeAll(0, "old");
        cluster.member(3).kill();
        cluster.member(4).kill();
        cluster.runFor(Duration.ofHours(1));
        assertThat(members(0)).hasSize(5);
    }

    @Test
    void aMemberThatWasTakenOutJoinsAnewWhenItComesBack() {
        start(4, 4, 4, Duration.ofMinutes(10));
        writeAll(0, "old");
        String lost = cluster.member(3).store().admin().nodeId();
        cluster.member(3).kill();
        cluster.runFor(Duration.ofMinutes(9));
        cluster.runUntil("the lost member is out of the ring", () -> isGone(lost, 0, 3), CHANGE_LIMIT);
        cluster.settle();
        writeAll(1, "new");
        map(1).delete("k0");
        cluster.member(3).start();
        cluster.awaitAllAlive();
        assertThat(map(3).get("k0")).isNull();
        for (int i = 1; i < KEYS; i++) {
            assertThat(map(3).get("k" + i)).isEqualTo("new" + i);
        }
    }

    @Test
    void aMemberThatWasTakenOutIsListedForDaysAndThenForgottenUntilItComesBack() {
        start(4, 4, 6, Duration.ofMinutes(10));
        writeAll(0, "old");
        String lost = cluster.member(3).store().admin().nodeId();
        cluster.member(3).kill();
        cluster.runFor(Duration.ofMinutes(9));
        cluster.runUntil("the lost member is out of the ring", () -> isGone(lost, 0, 3), CHANGE_LIMIT);
        cluster.settle();
        cluster.members().forEach(member -> member.clock().jump(Duration.ofDays(2)));
        cluster.runFor(Duration.ofMinutes(1));
        assertThat(listed(0)).hasSize(4).contains(lost);

        cluster.members().forEach(member -> member.clock().jump(Duration.ofDays(1)));
        cluster.runFor(Duration.ofMinutes(1));
        for (int i = 0; i < 3; i++) {
            assertThat(listed(i)).hasSize(3).doesNotContain(lost);
        }
        cluster.member(1).stop();
        cluster.member(1).start();
        cluster.awaitAllAlive();
        assertThat(listed(1)).hasSize(3).doesNotContain(lost);

        cluster.member(3).start();
        cluster.awaitAllAlive();
        assertThat(listed(0)).hasSize(4).contains(lost);
        assertThat(map(3).get("k1")).isEqualTo("old1");
    }

    private List<String> listed(int member) {
        return cluster.member(member).store().admin().members().stream()
                .map(MemberInfo::id)
                .toList();
    }

    @Test
    void aDeadMemberKeepsItsPlaceForEverIfTheSettingsSaySo() {
        start(4, 4, 5, Duration.ZERO);
        String lost = cluster.member(3).store().admin().nodeId();
        cluster.member(3).kill();
        cluster.runFor(Duration.ofHours(5));
        assertThat(members(0)).contains(lost);
        assertThat(cluster.member(0).store().admin().isSafe()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 7, 8})
    void aNewMemberTakesThePlaceOfADeadOne(long seed) {
        start(5, 4, seed, Duration.ZERO);
        writeAll(0, "old");
        cluster.settle();
        List<String> replicasBefore = cluster.member(0).store().admin().replicasOf("m", "k7");
        MemberInfo lost = told(0, cluster.member(3).store().admin().nodeId());
        cluster.member(3).kill();
        cluster.settle();
        replaced = lost.id();
        cluster.member(4).start();
        cluster.awaitAllAlive();
        cluster.settle();
        String newcomer = cluster.member(4).store().admin().nodeId();
        assertThat(members(0)).hasSize(4).contains(newcomer).doesNotContain(lost.id());
        assertThat(told(0, newcomer).ownership()).isEqualTo(lost.ownership());
        assertThat(cluster.member(0).store().admin().replicasOf("m", "k7"))
                .isEqualTo(replicasBefore.stream()
                        .map(each -> each.equals(lost.id()) ? newcomer : each)
                        .toList());
        for (int i = 0; i < KEYS; i++) {
            if (cluster.member(0).store().admin().replicasOf("m", "k" + i).contains(newcomer)) {
                assertThat(map(4).with(ConsistencyLevel.ONE).get("k" + i)).isEqualTo("old" + i);
            }
        }
        assertThat(cluster.member(0).store().admin().health()).isEqualTo(new Health(Health.Status.OK, List.of()));
        cluster.member(4).stop();
        cluster.member(4).start();
        cluster.awaitAllAlive();
        assertThat(map(4).get("k1")).isEqualTo("old1");
    }

    @Test
    void aMemberTellsWhyItDoesNotGetAPlace() {
        start(4, 3, 9, Duration.ZERO);
        replaced = "00000000000000a7";
        cluster.member(3).start();
        cluster.settle();
        assertThat(problems(3)).contains("waits for the place of member 00000000000000a7, which is not in the ring");
        cluster.member(3).stop();
        replaced = cluster.member(1).store().admin().nodeId();
        cluster.member(3).start();
        cluster.settle();
        assertThat(problems(3)).contains("waits for the place of member " + replaced + ", which is alive");
        assertThat(members(0)).hasSize(3);
        cluster.member(1).kill();
        cluster.awaitAllAlive();
        cluster.settle();
        assertThat(members(0)).hasSize(3).doesNotContain(replaced);
        assertThat(problems(3)).isEqualTo("[]");
    }

    private String problems(int member) {
        return cluster.member(member).store().health().problems().toString();
    }

    /** All but the last of the members are started, unless as many are to be started as there are. */
    private void start(int members, int started, long seed, Duration removeAfter) {
        cluster = SimCluster.of(members)
                .configureEach((index, builder) -> {
                    builder.removeAfter(removeAfter).rack("r" + index % racks);
                    return replaced.isEmpty()
                            ? builder
                            : builder.replaces(replaced).expectMembers(2);
                })
                .seed(seed);
        for (int i = 0; i < started; i++) {
            cluster.member(i).start();
        }
        cluster.awaitAllAlive();
        for (int i = 0; i < started; i++) {
            map(i);
        }
    }

    private void writeAll(int member, String prefix) {
        for (int i = 0; i < KEYS; i++) {
            map(member).with(ConsistencyLevel.ALL).set("k" + i, prefix + i);
        }
    }

    private boolean isGone(String lost, int from, int to) {
        for (int i = from; i < to; i++) {
            for (int key = 0; key < KEYS; key++) {
                boolean holds = cluster.member(i)
                        .store()
                        .admin()
                        .replicasOf("m", "k" + key)
                        .contains(lost);
                if (holds) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Those that have a place in the ring. */
    private List<String> members(int teller) {
        return cluster.member(teller).store().admin().members().stream()
                .filter(member -> member.tokens() > 0)
                .map(MemberInfo::id)
                .toList();
    }

    private MemberInfo told(int teller, String id) {
        return cluster.member(teller).store().admin().members().stream()
                .filter(member -> member.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }
}
