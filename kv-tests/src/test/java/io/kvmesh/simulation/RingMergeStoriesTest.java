package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.KvStore;
import io.kvmesh.api.Health;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.api.MemberStanding;
import io.kvmesh.api.MemberState;
import io.kvmesh.testkit.LinkSettings;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rings that were founded apart, each with data of its own, meet. What was acknowledged in any of them is there
 * afterwards: of a key that was written in several the newest version, also if that is a deletion.
 */
class RingMergeStoriesTest {
    private static final int KEYS = 40;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private SimCluster cluster = SimCluster.of(1).seed(0);
    /** What must be there in the end; null for what was deleted last. */
    private final TreeMap<String, String> expected = new TreeMap<>();

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 3", "2, 3, 3", "3, 1, 1", "4, 1, 3", "5, 3, 1", "6, 2, 4", "7, 4, 2"})
    void allThatWasAcknowledgedOnEitherSideIsThere(long seed, int first, int second) {
        apart(seed, first, second);
        writeOn(0, first);
        meet();
        awaitOneRing();
        expectAllEverywhere();
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12})
    void threeRingsBecomeOne(long seed) {
        apart(seed, 2, 3, 1);
        writeOn(0, 2, 5);
        meet();
        awaitOneRing();
        expectAllEverywhere();
    }

    /** Each time another one, at another moment, of both sides. */
    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26})
    void membersDieInTheMiddleAndComeBack(long seed) {
        apart(seed, 3, 3);
        writeOn(0, 3);
        cluster.network().use(LinkSettings.RELIABLE.withLoss(0.05));
        meet();
        for (int life = 0; life < 4; life++) {
            cluster.runFor(Duration.ofMillis(400 + 300 * (seed % 5)));
            SimMember victim = cluster.member(((int) seed + 3 * life + life / 2) % 6);
            if (life % 2 == 0) {
                victim.kill();
            } else {
                victim.losePower();
            }
            cluster.runFor(Duration.ofSeconds(1 + 4 * (life % 2)));
            victim.start();
        }
        cluster.network().use(LinkSettings.RELIABLE);
        awaitOneRing();
        expectAllEverywhere();
    }

    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33})
    void aMemberThatWasAwayBringsWhatItHas(long seed) {
        apart(seed, 3, 3);
        writeOn(0, 3);
        cluster.settle();
        int away = 3 + (int) (seed % 3);
        cluster.member(away).kill();
        cluster.settle();
        meet();
        awaitOneRing();
        cluster.member(away).start();
        awaitOneRing();
        expectAllEverywhere();
    }

    /** One of the older ring is down: the others get what the younger ones bring, who keep it until that one has it, too. */
    @ParameterizedTest
    @ValueSource(longs = {41, 42})
    void whatIsBroughtWaitsForAMemberThatIsDown(long seed) {
        apart(seed, 3, 3);
        writeOn(0, 3);
        cluster.member(1).kill();
        cluster.settle();
        meet();
        cluster.runFor(Duration.ofMinutes(2));
        Health health = cluster.member(4).store().admin().health();
        assertThat(health.problems()).anyMatch(problem -> problem.startsWith("merging into another ring: "));
        assertThat(standing(4)).isNotEqualTo(MemberStanding.MEMBER);
        // Two of three replicas are enough to read it.
        expectAllEverywhere();
        cluster.member(1).start();
        awaitOneRing();
        expectAllEverywhere();
        assertThat(cluster.member(4).store().admin().health().problems()).isEmpty();
    }

    /** Clients go on all the time, on both sides. What is not acknowledged may be there or not. */
    @ParameterizedTest
    @ValueSource(longs = {51, 52, 53})
    void writesThatAreAcknowledgedMeanwhileAreNotLost(long seed) {
        apart(seed, 3, 3);
        writeOn(0, 3);
        TreeMap<String, String> acknowledged = new TreeMap<>();
        for (int member = 0; member < 6; member++) {
            int client = member;
            cluster.member(member).run("client", () -> {
                KvMap<String, String> map = map(client);
                for (int i = 0; i < 200; i++) {
                    String key = "c" + client + "-" + i;
                    try {
                        map.set(key, "v" + i);
                        acknowledged.put(key, "v" + i);
                    } catch (KvException e) {
                        assertThat(e.retryable()).isTrue();
                    }
                }
            });
        }
        cluster.runFor(Duration.ofMillis(200));
        meet();
        cluster.join(LIMIT);
        awaitOneRing();
        assertThat(acknowledged.size()).isGreaterThan(600);
        expected.putAll(acknowledged);
        expectAllEverywhere();
    }

    /** The younger one had one copy of each key; the older one's number stands. */
    @Test
    void theReplicationOfTheOlderRingStands() {
        apart(71, List.of(3, 1), 3, 2);
        writeOn(0, 3);
        meet();
        awaitOneRing();
        expectAllEverywhere();
        assertThat(cluster.member(4).store().admin().replicasOf("m", "only3-1")).hasSize(3);
        assertThat(cluster.member(4).store().admin().health().problems())
                .hasSize(1)
                .allMatch(problem -> problem.contains("replication"));
    }

    /** Both ran without a mesh, for as long as one likes. */
    @Test
    void twoStoresThatWereAloneBecomeOneRing() {
        cluster = SimCluster.of(3).seed(61);
        for (int i = 0; i < 2; i++) {
            writeAlone(i);
        }
        cluster.members().forEach(SimMember::start);
        awaitOneRing();
        expectAllEverywhere();
    }

    /** The ring is older, so the store gives it what it has before it takes anything from it. */
    @Test
    void aStoreThatWasAloneBringsWhatItHasIntoARing() {
        cluster = SimCluster.of(4).seed(62);
        cluster.members().subList(0, 3).forEach(SimMember::start);
        writeOn(0);
        writeAlone(3);
        cluster.member(3).start();
        awaitOneRing();
        expectAllEverywhere();
    }

    private void writeAlone(int index) {
        SimMember member = cluster.member(index);
        KvConfig config = KvConfig.builder()
                .directory(member.directory())
                .partitions(member.config().partitions())
                .build();
        KvStore store = KvStore.open(config, member.startProcess());
        KvMap<String, String> map = store.map("m", String.class, String.class);
        for (int i = 0; i < KEYS; i++) {
            set(map, "alone" + index + "-" + i, "v");
            set(map, "both" + i, "alone" + index);
        }
        map.delete("both0");
        expected.put("both0", null);
        store.close();
        member.kill();
    }

    /** Rings of so many members, founded one after the other while none can see another. */
    private void apart(long seed, int... sizes) {
        apart(seed, List.of(3, 3), sizes);
    }

    private void apart(long seed, List<Integer> replicationFactors, int... sizes) {
        int total = IntStream.of(sizes).sum();
        cluster = SimCluster.of(total)
                .configureEach(
                        (index, builder) -> builder.replicationFactor(replicationFactors.get(index < sizes[0] ? 0 : 1)))
                .seed(seed);
        int first = 0;
        for (int size : sizes) {
            List<Integer> side = IntStream.range(first, first + size).boxed().toList();
            cluster.network().partition(side);
            first += size;
        }
        first = 0;
        for (int size : sizes) {
            List<SimMember> side = cluster.members().subList(first, first + size);
            side.forEach(SimMember::start);
            cluster.runUntil("one side has its ring", () -> side.stream().allMatch(this::isSeated), LIMIT);
            first += size;
        }
        for (SimMember member : cluster.members()) {
            assertThat(member.store().admin().members()).as("are apart").hasSizeLessThan(total);
        }
    }

    private boolean isSeated(SimMember member) {
        return standing(member.index()) == MemberStanding.MEMBER
                && member.store().admin().health().problems().stream()
                        .noneMatch(problem -> problem.contains("changing"));
    }

    private void meet() {
        cluster.network().heal();
    }

    /** Through these members, each in another ring; the later ones write after the earlier ones. */
    private void writeOn(int... members) {
        for (int member : members) {
            KvMap<String, String> map = map(member);
            for (int i = 0; i < KEYS; i++) {
                set(map, "only" + member + "-" + i, "v" + i);
                set(map, "both" + i, "of " + member);
            }
            delete(map, "only" + member + "-0");
            delete(map, "both" + member);
        }
        // The first one has the last word about some of them.
        KvMap<String, String> map = map(members[0]);
        set(map, "both20", "last");
        delete(map, "both21");
    }

    private void set(KvMap<String, String> map, String key, String value) {
        map.set(key, value);
        expected.put(key, value);
        cluster.runFor(Duration.ofMillis(2));
    }

    private void delete(KvMap<String, String> map, String key) {
        map.delete(key);
        expected.put(key, null);
        cluster.runFor(Duration.ofMillis(2));
    }

    private void awaitOneRing() {
        cluster.runUntil("all have a seat in one ring and nothing to give away", this::isOneRing, LIMIT);
    }

    private boolean isOneRing() {
        int running = cluster.running().size();
        return cluster.running().stream().allMatch(member -> {
            List<MemberInfo> seated = member.store().admin().members().stream()
                    .filter(seen -> seen.standing() == MemberStanding.MEMBER && seen.state() == MemberState.ALIVE)
                    .toList();
            boolean gives = member.store().admin().health().problems().stream()
                    .anyMatch(problem -> problem.contains("giving up") || problem.contains("changing"));
            return seated.size() == running && !gives;
        });
    }

    private void expectAllEverywhere() {
        for (SimMember member : cluster.running()) {
            KvMap<String, String> map = map(member.index());
            expected.forEach((key, value) -> assertThat(map.get(key))
                    .as("%s at member %d", key, member.index())
                    .isEqualTo(value));
        }
    }

    private MemberStanding standing(int index) {
        return cluster.member(index).store().admin().members().stream()
                .filter(MemberInfo::local)
                .findFirst()
                .orElseThrow()
                .standing();
    }

    private KvMap<String, String> map(int index) {
        return cluster.member(index).store().map("m", String.class, String.class);
    }
}
