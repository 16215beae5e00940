package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.HintsInfo;
import io.kvmesh.api.HintsInfo.TargetHints;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.testkit.CrashKind;
import io.kvmesh.testkit.IoFaults;
import io.kvmesh.testkit.IoOperation;
import io.kvmesh.testkit.LinkSettings;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A replica misses writes and gets them without anybody reading. What a replica itself has is seen by a read at ONE on
 * its member, which asks nobody else.
 */
class HintStoriesTest {
    private static final int KEYS = 60;
    private static final Duration REPLAY_LIMIT = Duration.ofMinutes(2);
    private static final Duration OPERATION_TIMEOUT = Duration.ofSeconds(2);

    private SimCluster cluster = SimCluster.of(1).seed(0);
    private final Map<Integer, String> identities = new TreeMap<>();

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMemberThatWasDownGetsAllThatItMissed(long seed) {
        start(3, seed);
        writeAll(0, "old");
        cluster.settle();
        cluster.member(2).kill();
        cluster.settle();
        writeAll(0, "new");
        map(1).delete("k0");
        cluster.runFor(Duration.ofMillis(100));
        assertThat(hints(0).targets()).hasSize(1);
        assertThat(hints(0).targets().get(0).count()).isEqualTo(KEYS);
        startAgain(2);
        awaitNoHints();
        assertThat(own(2, "k0")).isNull();
        expectOwn(2, 1, "new");
        assertThat(hints(0).replayed() + hints(1).replayed()).isEqualTo(KEYS + 1);
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5, 6})
    void whatIsWrittenBeforeADeathIsNoticedIsHintedWhenTheTimeIsOver(long seed) {
        start(3, seed);
        cluster.member(2).kill();
        writeAll(0, "new");
        cluster.runFor(OPERATION_TIMEOUT);
        startAgain(2);
        awaitNoHints();
        expectOwn(2, 0, "new");
    }

    @Test
    void aMemberThatWasCutOffGetsAllThatItMissed() {
        start(3, 7);
        writeAll(0, "old");
        cluster.network().isolate(2);
        writeAll(1, "new");
        cluster.settle();
        cluster.network().heal();
        cluster.awaitAllAlive();
        awaitNoHints();
        expectOwn(2, 0, "new");
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 9, 10})
    void theNextMemberOnTheRingHoldsTheHintThroughARestartAndALossOfPower(long seed) {
        start(5, seed);
        cluster.member(4).kill();
        cluster.settle();
        writeAll(0, "new");
        cluster.runFor(OPERATION_TIMEOUT);
        long missed = keysOf(4);
        assertThat(missed).isPositive();
        assertThat(hintsInAll()).isEqualTo(missed);
        for (int i = 0; i < 4; i++) {
            cluster.member(i).losePower();
        }
        for (int i = 0; i < 4; i++) {
            cluster.member(i).start();
        }
        cluster.awaitAllAlive();
        cluster.settle();
        assertThat(hintsInAll()).isEqualTo(missed);
        startAgain(4);
        awaitNoHints();
        expectOwnOfReplica(4, "new");
    }

    @Test
    void aHolderIsNoReplicaOfTheKey() {
        start(5, 11);
        cluster.member(4).kill();
        cluster.settle();
        for (int i = 0; i < KEYS; i++) {
            List<Long> before = heldByMember();
            map(0).set("k" + i, "v");
            cluster.runFor(Duration.ofMillis(100));
            List<Long> after = heldByMember();
            for (int member = 0; member < 4; member++) {
                if (after.get(member) > before.get(member)) {
                    assertThat(isReplica(member, "k" + i)).isFalse();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {12, 13, 14, 15})
    void aTargetThatDiesAgainAndAgainDuringTheReplayGetsAllInTheEnd(long seed) {
        start(3, seed);
        cluster.member(2).kill();
        cluster.settle();
        for (int round = 0; round < 10; round++) {
            writeAll(round % 2, "v" + round + "-");
        }
        cluster.runFor(OPERATION_TIMEOUT);
        cluster.network()
                .use(LinkSettings.RELIABLE.withLoss(0.05).withDuplication(0.2).withReordering(0.2));
        for (int life = 0; life < 4; life++) {
            cluster.member(2).start();
            cluster.runFor(Duration.ofMillis(1_500 + 700L * life));
            if (life % 2 == 0) {
                cluster.member(2).kill();
            } else {
                cluster.member(2).losePower();
            }
            cluster.member(life % 2).kill();
            cluster.member(life % 2).start();
            cluster.runFor(Duration.ofMillis(500));
        }
        cluster.network().use(LinkSettings.RELIABLE);
        startAgain(2);
        awaitNoHints();
        expectOwn(2, 0, "v9-");
    }

    @ParameterizedTest
    @ValueSource(longs = {16, 17, 18})
    void aHolderThatCrashesInAnyCallOfItsHintStoreLosesNoHintThatIsThere(long seed) {
        start(3, seed);
        cluster.member(2).kill();
        cluster.settle();
        writeAll(0, "new");
        int call = cluster.loop().random().nextInt(4) + 1;
        int[] calls = {0};
        cluster.member(0).disk().faults().hook(each -> {
            if (each.operation() == IoOperation.HINT_STORE && ++calls[0] == call) {
                cluster.member(0).disk().faults().crashAt(each.number() + 1, CrashKind.POWER_LOSS);
            }
        });
        cluster.member(2).start();
        cluster.runFor(Duration.ofSeconds(10));
        cluster.member(0).disk().faults().clear();
        if (!cluster.member(0).isAlive()) {
            cluster.member(0).start();
        }
        cluster.awaitAllAlive();
        awaitNoHints();
        expectOwn(2, 0, "new");
    }

    @Test
    void aHintOfAnOldValueDoesNotBringBackWhatWasDeletedSince() {
        start(4, 19);
        int target = replica("k", 0);
        int holder = nonReplica("k");
        int coordinator = replica("k", 1);
        cluster.member(target).kill();
        cluster.settle();
        map(coordinator).set("k", "v");
        cluster.runFor(OPERATION_TIMEOUT);
        assertThat(hints(holder).targets()).hasSize(1);
        cluster.member(holder).kill();
        startAgain(target);
        map(coordinator).with(ConsistencyLevel.ALL).delete("k");
        startAgain(holder);
        awaitNoHints();
        assertThat(hints(holder).replayed()).isEqualTo(1);
        assertThat(own(target, "k")).isNull();
        assertThat(map(coordinator).with(ConsistencyLevel.ALL).get("k")).isNull();
    }

    @Test
    void beyondTheWindowHintsExpireAndNoNewOnesAreMade() {
        start(3, 20, Duration.ofSeconds(30));
        writeAll(0, "old");
        cluster.settle();
        cluster.member(2).kill();
        cluster.settle();
        writeAll(0, "new");
        cluster.runFor(Duration.ofMillis(100));
        assertThat(hintsInAll()).isEqualTo(KEYS);
        cluster.runFor(Duration.ofSeconds(31));
        assertThat(hintsInAll()).isZero();
        assertThat(hints(0).expired()).isEqualTo(KEYS);
        writeAll(0, "newer");
        cluster.runFor(OPERATION_TIMEOUT);
        assertThat(hints(0).kept()).isEqualTo(KEYS);
        startAgain(2);
        cluster.settle();
        expectOwn(2, 0, "old");
    }

    @Test
    void aWindowOfZeroKeepsNoHints() {
        start(3, 21, Duration.ZERO);
        cluster.member(2).kill();
        cluster.settle();
        writeAll(0, "new");
        assertThat(hints(0)).isEqualTo(HintsInfo.NONE);
    }

    @Test
    void aHintForOneThatIsNoReplicaAnyMoreGoesToThoseThatAre() {
        cluster = SimCluster.of(5).seed(22);
        for (int i = 0; i < 4; i++) {
            cluster.member(i).start();
        }
        cluster.awaitAllAlive();
        noteIdentities();
        boolean[] wasReplica = new boolean[KEYS];
        cluster.member(3).kill();
        cluster.settle();
        writeAll(0, "new");
        for (int i = 0; i < KEYS; i++) {
            wasReplica[i] = isReplica(3, "k" + i);
        }
        cluster.runFor(OPERATION_TIMEOUT);
        long before = hintsInAll();
        cluster.member(4).start();
        cluster.awaitAllAlive();
        noteIdentities();
        cluster.runFor(Duration.ofMinutes(1));
        int moved = 0;
        for (int i = 0; i < KEYS; i++) {
            if (wasReplica[i] && !isReplica(3, "k" + i)) {
                moved++;
                assertThat(isReplica(4, "k" + i)).isTrue();
                assertThat(own(4, "k" + i)).isEqualTo("new" + i);
            }
        }
        assertThat(moved).isPositive();
        assertThat(hintsInAll()).isEqualTo(before - moved);
    }

    @Test
    void aHolderThatCannotKeepAHintLeavesItToTheCoordinator() {
        start(4, 23);
        int target = replica("k", 0);
        int holder = nonReplica("k");
        int coordinator = replica("k", 1);
        cluster.member(target).kill();
        cluster.settle();
        cluster.member(holder).disk().faults().failAll(IoOperation.HINT_STORE, IoFaults.DISK_BROKEN);
        map(coordinator).set("k", "v");
        cluster.runFor(OPERATION_TIMEOUT);
        assertThat(hints(holder).refused()).isEqualTo(1);
        assertThat(hints(coordinator).targets()).hasSize(1);
        cluster.member(holder).disk().faults().clear();
        startAgain(target);
        awaitNoHints();
        assertThat(own(target, "k")).isEqualTo("v");
    }

    @Test
    void aWriteOfWhichNothingWasDoneLeavesNoHint() {
        start(3, 24);
        cluster.member(1).kill();
        cluster.member(2).kill();
        cluster.settle();
        assertThatThrownBy(() -> map(0).set("k", "v")).isInstanceOf(KvException.class);
        cluster.runFor(OPERATION_TIMEOUT);
        assertThat(hintsInAll()).isZero();
        map(0).with(ConsistencyLevel.ONE).set("k", "w");
        cluster.runFor(Duration.ofMillis(100));
        assertThat(hints(0).targets()).extracting(TargetHints::count).containsExactly(1L, 1L);
    }

    private void start(int members, long seed) {
        start(members, seed, Duration.ofHours(3));
    }

    private void start(int members, long seed, Duration hintWindow) {
        cluster = SimCluster.of(members)
                .configure(settings -> settings.hintWindow(hintWindow))
                .seed(seed)
                .start();
        noteIdentities();
    }

    private void noteIdentities() {
        for (SimMember member : cluster.running()) {
            identities.put(member.index(), member.store().admin().nodeId());
        }
    }

    private void startAgain(int member) {
        cluster.member(member).start();
        cluster.awaitAllAlive();
    }

    private void writeAll(int member, String value) {
        for (int i = 0; i < KEYS; i++) {
            map(member).set("k" + i, value + i);
        }
    }

    private void awaitNoHints() {
        cluster.runUntil("no hints are left", () -> hintsInAll() == 0, REPLAY_LIMIT);
    }

    private void expectOwn(int member, int fromKey, String value) {
        for (int i = fromKey; i < KEYS; i++) {
            assertThat(own(member, "k" + i)).isEqualTo(value + i);
        }
    }

    private void expectOwnOfReplica(int member, String value) {
        for (int i = 0; i < KEYS; i++) {
            if (isReplica(member, "k" + i)) {
                assertThat(own(member, "k" + i)).isEqualTo(value + i);
            }
        }
    }

    /** What a member that is a replica of the key has itself. */
    private @Nullable String own(int member, String key) {
        return map(member).with(ConsistencyLevel.ONE).get(key);
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }

    private HintsInfo hints(int member) {
        return cluster.member(member).store().admin().hints();
    }

    private static long held(HintsInfo hints) {
        return hints.targets().stream().mapToLong(TargetHints::count).sum();
    }

    private long hintsInAll() {
        return cluster.running().stream()
                .mapToLong(member -> held(member.store().admin().hints()))
                .sum();
    }

    /** Of the members 0 to 3. */
    private List<Long> heldByMember() {
        return IntStream.range(0, 4).mapToObj(member -> held(hints(member))).toList();
    }

    private List<String> replicas(String key) {
        SimMember any = cluster.running().get(0);
        map(any.index());
        return any.store().admin().replicasOf("m", key);
    }

    private boolean isReplica(int member, String key) {
        return replicas(key).contains(identities.get(member));
    }

    private long keysOf(int member) {
        return IntStream.range(0, KEYS).filter(i -> isReplica(member, "k" + i)).count();
    }

    /** The number of the member that is this replica of a key. */
    private int replica(String key, int index) {
        return numberOf(replicas(key).get(index));
    }

    /** The number of the first member that is no replica of a key. */
    private int nonReplica(String key) {
        return identities.keySet().stream()
                .filter(member -> !isReplica(member, key))
                .findFirst()
                .orElseThrow();
    }

    private int numberOf(String identity) {
        return identities.entrySet().stream()
                .filter(entry -> entry.getValue().equals(identity))
                .findFirst()
                .orElseThrow()
                .getKey();
    }
}
