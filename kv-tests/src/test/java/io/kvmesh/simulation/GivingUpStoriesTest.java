package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.api.MemberStanding;
import io.kvmesh.codec.Codecs;
import io.kvmesh.codec.KeyCodec;
import io.kvmesh.model.MapId;
import io.kvmesh.node.Environment;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.storage.StorageConfig;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Members hand over what the ring does not give to them any more, and drop it only then. */
class GivingUpStoriesTest {
    private static final int KEYS = 300;
    private static final int PARTITIONS = 64;
    private static final Duration LIMIT = Duration.ofMinutes(10);
    /** Longer than anybody keeps writes for a member that is away. */
    private static final Duration LONG_ABSENCE = Duration.ofHours(4);

    private SimCluster cluster = SimCluster.of(1).seed(0);

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    /** Members of which only the first ones run. */
    private void start(int members, int running, long seed) {
        cluster = SimCluster.of(members)
                .configure(
                        builder -> builder.gossipInterval(Duration.ofSeconds(5)).removeAfter(Duration.ZERO))
                .seed(seed);
        for (int i = 0; i < running; i++) {
            cluster.member(i).start();
        }
        cluster.awaitAllAlive();
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }

    private void writeAll(String value) {
        for (int i = 0; i < KEYS; i++) {
            map(0).with(ConsistencyLevel.ALL).set("k" + i, value);
        }
    }

    private void awaitQuiet() {
        cluster.runUntil(
                "nobody has anything to give up",
                () -> cluster.running().stream()
                        .allMatch(member -> problems(member.index()).isEmpty()),
                LIMIT);
    }

    /** Everything but members that are away. */
    private Set<String> problems(int member) {
        Set<String> problems =
                new TreeSet<>(cluster.member(member).store().admin().health().problems());
        problems.removeIf(problem -> problem.endsWith("is DEAD") || problem.contains("replicas"));
        return problems;
    }

    private MemberStanding standing(int member) {
        return cluster.member(member).store().admin().members().stream()
                .filter(MemberInfo::local)
                .map(MemberInfo::standing)
                .findFirst()
                .orElseThrow();
    }

    private String id(int member) {
        return cluster.member(member).store().admin().nodeId();
    }

    /** By key: the numbers of the members to which the ring gives it. */
    private Map<String, Set<Integer>> given() {
        Map<String, Integer> numbers = new TreeMap<>();
        cluster.running().forEach(member -> numbers.put(id(member.index()), member.index()));
        int any = cluster.running().get(0).index();
        map(any);
        Map<String, Set<Integer>> given = new TreeMap<>();
        for (int i = 0; i < KEYS; i++) {
            String key = "k" + i;
            Set<Integer> holders = new TreeSet<>();
            cluster.member(any).store().admin().replicasOf("m", key).forEach(node -> holders.add(numbers.get(node)));
            given.put(key, holders);
        }
        return given;
    }

    /** By key: the numbers of the members on whose disks it is. All members are stopped. */
    private Map<String, Set<Integer>> stored() {
        KeyCodec<String> codec = new Codecs(List.of()).keyCodec(String.class);
        Map<String, Set<Integer>> stored = new TreeMap<>();
        for (SimMember member : cluster.members()) {
            Environment environment = member.startProcess();
            try (StorageEngine engine = StorageEngine.open(
                    StorageConfig.of(member.config()),
                    environment.files(),
                    environment.clock(),
                    environment.scheduler(),
                    environment.random())) {
                for (int i = 0; i < KEYS && !engine.maps().isEmpty(); i++) {
                    String key = "k" + i;
                    if (engine.read(MapId.ofName("m"), new Partitioner(PARTITIONS).key(codec.encode(key))) != null) {
                        stored.computeIfAbsent(key, absent -> new TreeSet<>()).add(member.index());
                    }
                }
            }
            environment.scheduler().close();
            member.kill();
        }
        return stored;
    }

    private void everyKeyIsWhereTheRingWantsItAndNowhereElse() {
        Map<String, Set<Integer>> given = given();
        cluster.stop();
        assertThat(stored()).isEqualTo(given);
    }

    private void expectAll(int member, String value) {
        for (int i = 0; i < KEYS; i++) {
            assertThat(map(member).get("k" + i)).as("k" + i).isEqualTo(value);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatAJoinerTookOverIsDroppedByThoseWhoHadIt(long seed) {
        start(5, 3, seed);
        writeAll("v");
        cluster.member(3).start();
        cluster.awaitAllAlive();
        cluster.member(4).start();
        cluster.awaitAllAlive();
        awaitQuiet();
        expectAll(4, "v");
        everyKeyIsWhereTheRingWantsItAndNowhereElse();
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5})
    void aMemberThatLeavesHasNothingLeftWhenItHasLeft(long seed) {
        start(4, 4, seed);
        writeAll("v");
        cluster.member(3).store().admin().leave();
        cluster.runUntil("it has left", () -> standing(3) == MemberStanding.NONE, LIMIT);
        cluster.member(3).kill();
        cluster.settle();
        expectAll(0, "v");
        everyKeyIsWhereTheRingWantsItAndNowhereElse();
    }

    /** It alone has what it acknowledged at ONE, and its disk would be made room on when it gets its seat. */
    @ParameterizedTest
    @ValueSource(longs = {6, 7, 8})
    void whatAMemberAloneHasSurvivesItsRemovalAndReturn(long seed) {
        takeOutWhileItHasSomethingAlone(seed);
        cluster.member(3).start();
        cluster.awaitAllAlive();
        for (int i = 0; i < KEYS; i++) {
            String expected = alone.contains("k" + i) ? "alone" : "v";
            assertThat(map(i % 3).get("k" + i)).as("k" + i).isEqualTo(expected);
        }
        awaitQuiet();
        everyKeyIsWhereTheRingWantsItAndNowhereElse();
    }

    private final Set<String> alone = new TreeSet<>();

    private void takeOutWhileItHasSomethingAlone(long seed) {
        start(4, 4, seed);
        writeAll("v");
        Map<String, Set<Integer>> given = given();
        cluster.network().isolate(3);
        cluster.settle();
        KvMap<String, String> own = map(3).with(ConsistencyLevel.ONE);
        given.forEach((key, holders) -> {
            if (holders.contains(3)) {
                own.set(key, "alone");
                alone.add(key);
            }
        });
        String gone = id(3);
        // So the hints that it kept for the others are too old when it returns.
        cluster.runFor(LONG_ABSENCE);
        cluster.member(3).kill();
        cluster.network().heal();
        cluster.settle();
        cluster.member(0).store().admin().removeMember(gone);
        cluster.runUntil(
                "it is taken out",
                () -> cluster.member(0).store().admin().members().stream()
                        .noneMatch(info -> info.id().equals(gone) && info.standing() != MemberStanding.NONE),
                LIMIT);
        awaitQuiet();
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 10, 11, 12})
    void aHandOverGoesOnWhenTheMemberIsKilledInItsMiddle(long seed) {
        takeOutWhileItHasSomethingAlone(seed);
        for (int kills = 0; kills < 4; kills++) {
            cluster.member(3).start();
            cluster.runFor(Duration.ofMillis(100 + 150 * kills));
            if (kills % 2 == 0) {
                cluster.member(3).kill();
            } else {
                cluster.member(3).losePower();
            }
        }
        cluster.member(3).start();
        cluster.awaitAllAlive();
        for (String key : alone) {
            assertThat(map(1).get(key)).as(key).isEqualTo("alone");
        }
        awaitQuiet();
        everyKeyIsWhereTheRingWantsItAndNowhereElse();
    }

    @ParameterizedTest
    @ValueSource(longs = {13, 14})
    void aMemberDoesNotAskForASeatBeforeAllReplicasHaveWhatItHas(long seed) {
        takeOutWhileItHasSomethingAlone(seed);
        cluster.member(1).kill();
        cluster.member(3).start();
        cluster.runFor(Duration.ofMinutes(10));
        assertThat(standing(3)).isEqualTo(MemberStanding.LEAVING);
        assertThat(problems(3)).anyMatch(problem -> problem.startsWith("giving up partitions"));
        assertThat(problems(3)).anyMatch(problem -> problem.contains("is not alive"));

        cluster.member(1).start();
        cluster.awaitAllAlive();
        for (String key : alone) {
            assertThat(map(2).get(key)).as(key).isEqualTo("alone");
        }
        awaitQuiet();
        everyKeyIsWhereTheRingWantsItAndNowhereElse();
    }

    @Test
    void aNewOwnerThatDiesKeepsTheGiverFromDropping() {
        start(4, 3, 15);
        writeAll("v");
        cluster.member(3).start();
        cluster.runUntil("it is a member", () -> standing(3) == MemberStanding.MEMBER, LIMIT);
        cluster.member(3).losePower();
        cluster.runFor(Duration.ofMinutes(10));
        assertThat(problems(0)).anyMatch(problem -> problem.startsWith("giving up partitions"));
        cluster.member(3).start();
        cluster.awaitAllAlive();
        awaitQuiet();
        expectAll(3, "v");
        everyKeyIsWhereTheRingWantsItAndNowhereElse();
    }
}
