package io.kvmesh.transport.jgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class JGroupsTransportTest {

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "localhost"})
    void twoTransportsExchangeFrames(String host) throws Exception {
        try (Endpoint one = new Endpoint(1, 1, host, 0);
                Endpoint two = new Endpoint(2, 1, host, 0)) {
            assertThat(one.address.port()).isPositive();
            await().until(() -> {
                one.sendToAddress(two.address, "to whoever");
                return two.received.contains("1:to whoever");
            });
            one.learn(two);
            two.learn(one);
            two.send(one, "back");
            one.send(two, "forth");
            await().untilAsserted(() -> assertThat(one.received).containsExactly("2:back"));
            await().untilAsserted(() -> assertThat(two.received).contains("1:forth"));
        }
    }

    @Test
    void threeTransportsExchangeManyFramesInOrder() throws Exception {
        try (Endpoint one = Endpoint.of(1);
                Endpoint two = Endpoint.of(2);
                Endpoint three = Endpoint.of(3)) {
            List<Endpoint> all = List.of(one, two, three);
            all.forEach(from -> all.stream().filter(to -> to != from).forEach(from::learn));
            // The first frames of two that dial each other at once may be lost.
            await().until(() -> {
                all.forEach(from -> all.stream().filter(to -> to != from).forEach(to -> from.send(to, "first")));
                return all.stream().allMatch(e -> e.received.contains("1:first") || e == one)
                        && one.received.contains("2:first")
                        && one.received.contains("3:first")
                        && two.received.contains("3:first")
                        && three.received.contains("2:first");
            });
            List<String> numbers =
                    IntStream.range(0, 1000).mapToObj(Integer::toString).toList();
            for (String number : numbers) {
                one.send(two, number);
                one.send(three, number);
            }
            for (Endpoint receiver : List.of(two, three)) {
                await().untilAsserted(() -> assertThat(receiver.received).contains("1:999"));
                assertThat(receiver.received.stream()
                                .filter(frame -> frame.startsWith("1:") && !frame.endsWith("first"))
                                .map(frame -> frame.substring(2)))
                        .containsExactlyElementsOf(numbers);
            }
        }
    }

    @Test
    void aFrameOfMoreThanAMegabyteArrives() throws Exception {
        try (Endpoint one = Endpoint.of(1);
                Endpoint two = Endpoint.of(2)) {
            one.learn(two);
            byte[] large = new byte[3 << 20];
            one.transport.send(two.peer, large, 5, large.length - 5);
            await().untilAsserted(() -> assertThat(two.received).containsExactly("1:" + ((3 << 20) - 5) + " bytes"));
        }
    }

    @Test
    void aFrameToItselfArrives() throws Exception {
        try (Endpoint one = Endpoint.of(1)) {
            one.sendToAddress(one.address, "me");
            one.send(one, "myself");
            await().untilAsserted(() -> assertThat(one.received).containsExactlyInAnyOrder("1:me", "1:myself"));
        }
    }

    @Test
    void aFrameForAnEarlierGenerationIsDropped() throws Exception {
        try (Endpoint one = Endpoint.of(1);
                Endpoint two = new Endpoint(2, 7, "127.0.0.1", 0)) {
            PeerId earlier = new PeerId(two.peer.node(), 6);
            one.transport.learn(earlier, two.address);
            one.learn(two);
            one.transport.send(earlier, new byte[] {'a'}, 0, 1);
            one.send(two, "b");
            await().untilAsserted(() -> assertThat(two.received).containsExactly("1:b"));
        }
    }

    @Test
    void aPortInUseIsAnErrorThatNamesIt() throws Exception {
        try (Endpoint one = Endpoint.of(1)) {
            JGroupsTransport second = new JGroupsTransport("127.0.0.1", one.address.port());
            assertThatThrownBy(() -> second.start(new PeerId(new NodeId(2), 1), (from, buffer, offset, length) -> {}))
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("127.0.0.1:" + one.address.port());
            second.close();
            assertThat(threadsOf(2)).isEmpty();
        }
    }

    @Test
    void anUnknownHostIsAnErrorThatNamesIt() {
        JGroupsTransport transport = new JGroupsTransport("no.such.host.invalid", 7800);
        assertThatThrownBy(() -> transport.start(new PeerId(new NodeId(2), 1), (from, buffer, offset, length) -> {}))
                .isInstanceOf(java.io.IOException.class)
                .hasMessageContaining("no.such.host.invalid:7800");
    }

    @Test
    void aPeerThatRestartsOnItsPortIsReachableAgain() throws Exception {
        try (Endpoint one = Endpoint.of(1)) {
            Endpoint two = Endpoint.of(2);
            one.learn(two);
            two.learn(one);
            one.send(two, "x");
            await().untilAsserted(() -> assertThat(two.received).contains("1:x"));
            two.send(one, "y");
            await().untilAsserted(() -> assertThat(one.received).contains("2:y"));
            two.close();
            try (Endpoint again = new Endpoint(2, 2, "127.0.0.1", two.address.port())) {
                one.learn(again);
                await().atMost(Duration.ofSeconds(2)).until(() -> {
                    one.send(again, "z");
                    return again.received.contains("1:z");
                });
                again.learn(one);
                await().atMost(Duration.ofSeconds(2)).until(() -> {
                    again.sendToAddress(one.address, "hello");
                    return one.received.contains("2:hello");
                });
            }
        }
    }

    @Test
    void sendingToADeadPeerNeitherBlocksNorThrows() throws Exception {
        try (Endpoint one = Endpoint.of(1)) {
            Endpoint two = Endpoint.of(2);
            one.learn(two);
            one.send(two, "x");
            await().untilAsserted(() -> assertThat(two.received).contains("1:x"));
            two.close();
            assertThat(millisOf(() -> {
                        for (int i = 0; i < 10_000; i++) {
                            one.send(two, "lost");
                            one.sendToAddress(two.address, "lost too");
                        }
                    }))
                    .isLessThan(2000);
        }
    }

    @Test
    void aPeerThatDoesNotReadHoldsUpNeitherSendersNorRetainNorClose() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Endpoint one = Endpoint.of(1);
                Endpoint two = Endpoint.of(2)) {
            PeerId silent = new PeerId(new NodeId(3), 1);
            one.transport.learn(silent, new PeerAddress("127.0.0.1", deaf.getLocalPort()));
            one.learn(two);
            byte[] frame = new byte[100_000];
            assertThat(millisOf(() -> {
                        for (int i = 0; i < 5000; i++) {
                            one.transport.send(silent, frame, 0, frame.length);
                        }
                    }))
                    .isLessThan(2000);
            assertThat(one.transport.droppedOnFullQueue()).isPositive();
            one.send(two, "healthy");
            await().untilAsserted(() -> assertThat(two.received).contains("1:healthy"));
            assertThat(millisOf(() -> one.transport.retain(List.of(two.peer)))).isLessThan(1000);
            one.transport.learn(silent, new PeerAddress("127.0.0.1", deaf.getLocalPort()));
            for (int i = 0; i < 1000; i++) {
                one.transport.send(silent, frame, 0, frame.length);
            }
            assertThat(millisOf(one::close)).isLessThan(3000);
            assertThat(threadsOf(1)).isEmpty();
        }
    }

    @Test
    void retainClosesTheConnectionsToOthersAndKeepsTheRest() throws Exception {
        try (Endpoint one = Endpoint.of(1);
                Endpoint two = Endpoint.of(2);
                ServerSocket left = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            PeerId leaving = new PeerId(new NodeId(3), 1);
            one.transport.learn(leaving, new PeerAddress("127.0.0.1", left.getLocalPort()));
            one.transport.send(leaving, new byte[1], 0, 1);
            one.learn(two);
            one.send(two, "x");
            await().untilAsserted(() -> assertThat(two.received).contains("1:x"));
            try (Socket accepted = left.accept()) {
                accepted.setSoTimeout(5000);
                one.transport.retain(List.of(two.peer));
                accepted.getInputStream().readAllBytes();
            }
            one.send(two, "still there");
            await().untilAsserted(() -> assertThat(two.received).contains("1:still there"));
        }
    }

    @Test
    void silentConnectionsDelayOthersByLittle() throws Exception {
        try (Endpoint one = Endpoint.of(1);
                Endpoint two = Endpoint.of(2);
                Socket silent = new Socket(InetAddress.getLoopbackAddress(), two.address.port())) {
            assertThat(silent.isConnected()).isTrue();
            one.learn(two);
            one.send(two, "x");
            await().atMost(Duration.ofSeconds(1)).until(() -> two.received.contains("1:x"));
        }
    }

    @Test
    void allThreadsAreDaemonsAndNoneIsLeftAfterTheEnd() throws Exception {
        Endpoint one = Endpoint.of(11);
        Endpoint two = Endpoint.of(12);
        one.learn(two);
        one.send(two, "x");
        await().untilAsserted(() -> assertThat(two.received).contains("11:x"));
        assertThat(threadsOf(11)).isNotEmpty().allMatch(Thread::isDaemon);
        one.close();
        Thread.currentThread().interrupt();
        two.close();
        assertThat(Thread.interrupted()).isTrue();
        one.close();
        assertThat(threadsOf(11)).isEmpty();
        assertThat(threadsOf(12)).isEmpty();
        one.send(two, "after the end");
        one.sendToAddress(two.address, "after the end");
        assertThat(threadsOf(11)).isEmpty();
    }

    @Test
    void nothingAlarmingIsLoggedWhenPeersComeAndGo() throws Exception {
        Properties before = new Properties();
        before.putAll(System.getProperties());
        try (CapturedLog log = new CapturedLog()) {
            try (Endpoint one = Endpoint.of(1)) {
                for (int round = 0; round < 5; round++) {
                    Endpoint two = Endpoint.of(2 + round);
                    one.learn(two);
                    two.learn(one);
                    await().until(() -> {
                        for (int i = 0; i < 100; i++) {
                            one.send(two, "x");
                            two.send(one, "y");
                            two.sendToAddress(one.address, "y");
                        }
                        return !two.received.isEmpty();
                    });
                    two.close();
                    one.send(two, "gone");
                }
            }
            assertThat(log.alarms()).isEmpty();
        }
        assertThat(System.getProperties()).isEqualTo(before);
    }

    private static long millisOf(Runnable action) {
        long start = System.nanoTime();
        action.run();
        return (System.nanoTime() - start) / 1_000_000;
    }

    private static List<Thread> threadsOf(long node) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains(new NodeId(node).toString()))
                .toList();
    }
}
