package io.kvmesh.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.KvConfig;
import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SimNetworkTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int MEMBERS = 4;

    private final SimCluster cluster = SimCluster.of(MEMBERS).seed(11);
    private final SimNetwork network = cluster.network();
    private final List<List<String>> received = IntStream.range(0, MEMBERS)
            .<List<String>>mapToObj(i -> new ArrayList<>())
            .toList();
    private final List<Transport> transports = IntStream.range(0, MEMBERS)
            .mapToObj(i -> start(cluster.member(i), 1))
            .toList();

    @Test
    void framesTakeAtLeastTheMinimalDelayAndTheMeanOnAverage() {
        network.use(LinkSettings.RELIABLE
                .withDelay(Duration.ofMillis(1), Duration.ofMillis(3))
                .withReordering(1e-9));
        int count = 2_000;
        long sum = 0;
        for (int i = 0; i < count; i++) {
            long start = cluster.loop().nowNanos();
            int before = received.get(1).size();
            send(0, 1, "x");
            cluster.runUntil("arrival", () -> received.get(1).size() > before, SECOND);
            long delay = cluster.loop().nowNanos() - start;
            assertThat(delay).isGreaterThanOrEqualTo(1_000_000);
            sum += delay;
        }
        assertThat(sum / count).isBetween(2_700_000L, 3_300_000L);
    }

    @Test
    void framesOfOneLinkKeepTheirOrderUntilReorderingIsOn() {
        sendNumbers(200);
        assertThat(received.get(1)).hasSize(200).isSorted();
        received.get(1).clear();
        network.use(LinkSettings.RELIABLE.withReordering(0.2));
        sendNumbers(200);
        assertThat(received.get(1)).hasSize(200);
        assertThat(received.get(1))
                .isNotEqualTo(received.get(1).stream().sorted().toList());
    }

    @Test
    void framesAreLostAtTheRateThatWasSet() {
        network.use(0, 1, LinkSettings.RELIABLE.withLoss(0.3));
        sendNumbers(2_000);
        assertThat(received.get(1)).hasSizeBetween(1_300, 1_500);
        assertThat(network.counts().dropped()).isEqualTo(2_000 - received.get(1).size());
        send(1, 0, "the way back is well");
        cluster.runFor(SECOND);
        assertThat(received.get(0)).hasSize(1);
    }

    @Test
    void framesAreDuplicatedAtTheRateThatWasSet() {
        network.use(LinkSettings.RELIABLE.withDuplication(0.5));
        sendNumbers(1_000);
        assertThat(received.get(1)).hasSizeBetween(1_420, 1_580);
        assertThat(network.counts().duplicated()).isEqualTo(received.get(1).size() - 1_000);
    }

    @Test
    void aCutOneWayLetsTheOtherWayPass() {
        network.cutOneWay(0, 1);
        send(0, 1, "lost");
        send(1, 0, "passes");
        cluster.runFor(SECOND);
        assertThat(received.get(1)).isEmpty();
        assertThat(received.get(0)).containsExactly("passes");
        network.heal();
        send(0, 1, "passes again");
        cluster.runFor(SECOND);
        assertThat(received.get(1)).containsExactly("passes again");
    }

    @Test
    void aCutAlsoTakesWhatIsOnTheWay() {
        send(0, 1, "on the way");
        network.cut(0, 1);
        cluster.runFor(SECOND);
        assertThat(received.get(1)).isEmpty();
    }

    @Test
    void anIsolatedMemberReachesOnlyItself() {
        network.isolate(2);
        sendAllToAll();
        assertThat(received.get(0)).containsExactlyInAnyOrder("0", "1", "3");
        assertThat(received.get(2)).containsExactly("2");
        network.heal(2, 0);
        received.forEach(List::clear);
        sendAllToAll();
        assertThat(received.get(2)).containsExactlyInAnyOrder("0", "2");
    }

    @Test
    void aPartitionSplitsTheMembersIntoTwoGroups() {
        network.partition(List.of(3, 1));
        sendAllToAll();
        assertThat(received.get(0)).containsExactlyInAnyOrder("0", "2");
        assertThat(received.get(1)).containsExactlyInAnyOrder("1", "3");
        network.heal();
        received.forEach(List::clear);
        sendAllToAll();
        assertThat(received).allSatisfy(texts -> assertThat(texts).hasSize(MEMBERS));
    }

    @Test
    void halvesDoNotReachEachOther() {
        network.halves();
        sendAllToAll();
        assertThat(received.get(0)).containsExactlyInAnyOrder("0", "1");
        assertThat(received.get(3)).containsExactlyInAnyOrder("2", "3");
    }

    @Test
    void aBridgeReachesTwoSidesThatDoNotReachEachOther() {
        network.bridge(1);
        sendAllToAll();
        assertThat(received.get(1)).containsExactlyInAnyOrder("0", "1", "2", "3");
        assertThat(received.get(0)).containsExactlyInAnyOrder("0", "1");
        assertThat(received.get(2)).containsExactlyInAnyOrder("1", "2", "3");
        assertThatThrownBy(() -> network.bridge(MEMBERS)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFlappingLinkIsCutAndHealedUntilItIsHealedForGood() {
        network.flap(0, 1, SECOND, SECOND.multipliedBy(3));
        int changes = 0;
        int passed = 0;
        int tries = 2_000;
        boolean passes = true;
        for (int i = 0; i < tries; i++) {
            boolean before = passes;
            passes = passes(0, 1);
            changes += passes == before ? 0 : 1;
            passed += passes ? 1 : 0;
        }
        assertThat(changes).as("turns").isGreaterThan(tries / 50);
        assertThat(passed).as("three quarters").isBetween(tries * 6 / 10, tries * 9 / 10);
        assertThat(passes(0, 2)).isTrue();
        network.heal(1, 0);
        assertPassesFor(100);
        network.flap(0, 1, SECOND, SECOND);
        network.flap(1, 0, SECOND, SECOND);
        network.heal();
        assertPassesFor(100);
        assertThatThrownBy(() -> network.flap(0, 1, Duration.ZERO, SECOND))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cutMean PT0S");
        assertThatThrownBy(() -> network.flap(0, 1, SECOND, SimFlapping.MEAN_MIN.minusNanos(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("passMean");
    }

    private void assertPassesFor(int tries) {
        for (int i = 0; i < tries; i++) {
            assertThat(passes(0, 1)).isTrue();
        }
    }

    private boolean passes(int from, int to) {
        received.get(to).clear();
        send(from, to, "x");
        cluster.runFor(Duration.ofMillis(200));
        return !received.get(to).isEmpty();
    }

    @Test
    void aReceiverThatTakesTimeHoldsUpTheFramesOfTheSameSender() {
        SimMember slow = cluster.member(3);
        slow.kill();
        Transport transport = slow.startProcess().transports().create(config(slow));
        List<String> seen = new ArrayList<>();
        try {
            transport.start(peer(3, 1), (from, buffer, offset, length) -> {
                String text = new String(buffer, offset, length, UTF_8);
                seen.add(text + " at " + cluster.loop().nowNanos() / SECOND.toNanos());
                if (text.startsWith("slow")) {
                    cluster.loop().spend(SECOND.toNanos());
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List.of("slow one", "slow two", "after").forEach(text -> send(0, 3, text));
        cluster.runFor(Duration.ofMillis(500));
        send(1, 3, "of another");
        cluster.runFor(SECOND.multipliedBy(10));
        assertThat(seen).containsExactly("slow one at 0", "of another at 0", "slow two at 1", "after at 2");
        assertThat(network.counts().delivered()).isEqualTo(4);
    }

    @Test
    void aReceiveBufferHasABound() {
        SimReader reader = new SimReader(
                new SimProcess(cluster.loop(), 0, cluster.loop().random()),
                "frames",
                frame -> cluster.loop().spend(SECOND.toNanos()));
        SimFrame frame = new SimFrame(
                new SimTransport(
                        network,
                        new SimProcess(cluster.loop(), 0, cluster.loop().random()),
                        "h",
                        1),
                peer(0, 1),
                cluster.member(0).address(),
                null,
                new byte[1],
                0,
                1);
        List<Boolean> taken = new ArrayList<>();
        cluster.loop().after(Duration.ZERO, () -> {
            for (int i = 0; i < SimReader.FRAMES_MAX + 2; i++) {
                taken.add(reader.offer(frame));
            }
        });
        cluster.runFor(SECOND);
        assertThat(taken).filteredOn(room -> !room).hasSize(1);
    }

    @Test
    void aKilledMemberReceivesNothing() {
        send(0, 1, "on the way");
        cluster.member(1).kill();
        send(0, 1, "too late");
        cluster.runFor(SECOND);
        assertThat(received.get(1)).isEmpty();
    }

    @Test
    void whatAKilledMemberHadSentArrivesByChance() {
        for (int i = 0; i < 100; i++) {
            send(1, 0, "last words " + i);
        }
        cluster.member(1).kill();
        send(1, 0, "of a dead one");
        cluster.runFor(SECOND);
        assertThat(received.get(0)).hasSizeBetween(25, 75).doesNotContain("of a dead one");
    }

    @Test
    void framesForAnEarlierGenerationAreDropped() {
        send(0, 1, "for the earlier");
        cluster.member(1).kill();
        Transport later = start(cluster.member(1), 2);
        assertThat(later).isNotNull();
        send(0, 1, "for the earlier, too");
        cluster.runFor(SECOND);
        assertThat(received.get(1)).isEmpty();
        byte[] frame = "for anybody".getBytes(UTF_8);
        transports.get(0).sendToAddress(cluster.member(1).address(), frame, 0, frame.length);
        cluster.runFor(SECOND);
        assertThat(received.get(1)).containsExactly("for anybody");
    }

    @Test
    void framesForAPausedMemberWaitUntilItGoesOn() {
        cluster.member(1).pause();
        send(0, 1, "stale");
        cluster.runFor(Duration.ofSeconds(30));
        assertThat(received.get(1)).isEmpty();
        cluster.member(1).resume();
        cluster.runFor(Duration.ofMillis(1));
        assertThat(received.get(1)).containsExactly("stale");
    }

    @Test
    void framesThatWaitForAPausedMemberDieWithIt() {
        cluster.member(1).pause();
        send(0, 1, "stale");
        cluster.runFor(SECOND);
        cluster.member(1).kill();
        start(cluster.member(1), 2);
        cluster.runFor(SECOND);
        assertThat(received.get(1)).isEmpty();
    }

    @Test
    void aSenderThatChangesItsFrameIsFoundOut() {
        byte[] frame = "original".getBytes(UTF_8);
        transports.get(0).send(peer(1, 1), frame, 0, frame.length);
        frame[3] ^= 1;
        assertThatThrownBy(() -> cluster.runFor(SECOND))
                .isInstanceOf(SimulationFailure.class)
                .hasMessageContaining("member 0 changed a frame after sending it");
    }

    @Test
    void aLinkDropsWhatIsTooMuch() {
        for (int i = 0; i < SimLink.FRAMES_MAX + 10; i++) {
            send(0, 1, "x");
        }
        cluster.runFor(Duration.ofSeconds(10));
        assertThat(received.get(1)).hasSize(SimLink.FRAMES_MAX);
        assertThat(network.counts().dropped()).isEqualTo(10);
    }

    @Test
    void aReceiverThatThrowsIsReported() {
        SimMember member = cluster.member(1);
        member.kill();
        Transport failing = member.startProcess().transports().create(config(member));
        assertThatThrownBy(() -> {
                    failing.start(peer(1, 1), (from, buffer, offset, length) -> {
                        throw new IllegalStateException("on purpose");
                    });
                    send(0, 1, "x");
                    cluster.runFor(SECOND);
                    cluster.checkFailures();
                })
                .isInstanceOf(SimulationFailure.class)
                .hasMessageContaining("on purpose");
    }

    @Test
    void ratesAndMembersOutOfRangeAreRefused() {
        assertThatThrownBy(() -> LinkSettings.RELIABLE.withLoss(1.1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lossRate 1.1");
        assertThatThrownBy(() -> LinkSettings.RELIABLE.withDelay(SECOND, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> network.cut(0, MEMBERS)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SimCluster.of(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SimCluster.of(SimCluster.MEMBERS_MAX + 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void sendNumbers(int count) {
        for (int i = 0; i < count; i++) {
            send(0, 1, String.format("%05d", i));
        }
        cluster.runFor(Duration.ofSeconds(10));
    }

    private void sendAllToAll() {
        for (int from = 0; from < MEMBERS; from++) {
            for (int to = 0; to < MEMBERS; to++) {
                send(from, to, Integer.toString(from));
            }
        }
        cluster.runFor(SECOND);
    }

    private void send(int from, int to, String text) {
        byte[] frame = text.getBytes(UTF_8);
        transports.get(from).send(peer(to, 1), frame, 0, frame.length);
    }

    private Transport start(SimMember member, long generation) {
        Transport transport = member.startProcess().transports().create(config(member));
        try {
            PeerAddress address = transport.start(
                    peer(member.index(), generation),
                    (from, buffer, offset, length) ->
                            received.get(member.index()).add(new String(buffer, offset, length, UTF_8)));
            assertThat(address).isEqualTo(member.address());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cluster.members().forEach(other -> transport.learn(peer(other.index(), 1), other.address()));
        return transport;
    }

    private static PeerId peer(int index, long generation) {
        return new PeerId(new NodeId(index + 1), generation);
    }

    private static KvConfig config(SimMember member) {
        return KvConfig.builder()
                .directory(member.directory())
                .cluster("net")
                .bind(member.address().host(), member.address().port())
                .build();
    }
}
