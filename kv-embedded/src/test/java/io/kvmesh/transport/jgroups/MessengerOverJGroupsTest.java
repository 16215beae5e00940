package io.kvmesh.transport.jgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.SystemClock;
import io.kvmesh.runtime.ThreadScheduler;
import io.kvmesh.transport.Hello;
import io.kvmesh.transport.MessengerLimits;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.PeerMessenger;
import io.kvmesh.transport.PeerSessions;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.Verb;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class MessengerOverJGroupsTest {

    private static final class Node implements AutoCloseable, PeerSessions.Listener {
        final NodeId id;
        final ThreadScheduler scheduler;
        final PeerMessenger messenger;
        final PeerAddress address;
        final List<PeerId> sessions = new CopyOnWriteArrayList<>();
        final List<String> rejections = new CopyOnWriteArrayList<>();

        Node(String cluster, long number, long generation, int port) throws IOException {
            id = new NodeId(number);
            scheduler = new ThreadScheduler("test-" + number);
            messenger = new PeerMessenger(
                    new Hello(cluster, 64, new PeerId(id, generation)),
                    new JGroupsTransport("127.0.0.1", port),
                    new SystemClock(),
                    scheduler,
                    MessengerLimits.DEFAULT,
                    this);
            address = messenger.start();
        }

        Node(long number) throws IOException {
            this("test", number, 1, 0);
        }

        /** What became of an echo to a peer. */
        String echo(NodeId to, int payloadBytes) {
            List<String> results = new CopyOnWriteArrayList<>();
            long deadline = System.nanoTime() + Duration.ofSeconds(1).toNanos();
            long correlation = messenger.begin(
                    new ReplyHandler() {
                        @Override
                        public void onReply(NodeId from, ByteReader payload) {
                            results.add("reply of " + payload.remaining());
                        }

                        @Override
                        public void onFailure(NodeId from, Failure failure) {
                            results.add(failure.toString());
                        }

                        @Override
                        public void onTick(long nowNanos) {
                            if (nowNanos - deadline >= 0) {
                                results.add("timeout");
                            }
                        }
                    },
                    deadline);
            messenger.send(
                    to,
                    messenger
                            .newRequest(Verb.ECHO, correlation, deadline, payloadBytes)
                            .putBytes(new byte[payloadBytes]));
            await().pollInterval(Duration.ofMillis(2)).until(() -> !results.isEmpty());
            messenger.end(correlation);
            return results.get(0);
        }

        @Override
        public void onSession(PeerId peer, PeerAddress at) {
            sessions.add(peer);
        }

        @Override
        public void onRejected(PeerAddress at, String reason) {
            rejections.add(reason);
        }

        @Override
        public void close() {
            messenger.close();
            scheduler.close();
        }
    }

    @Test
    void threeMembersThatDialEachOtherAtOnceAgreeSessionsQuickly() throws Exception {
        try (Node one = new Node(1);
                Node two = new Node(2);
                Node three = new Node(3)) {
            List<Node> all = List.of(one, two, three);
            for (Node from : all) {
                all.forEach(to -> from.messenger.connect(to.address));
            }
            await().atMost(Duration.ofSeconds(3)).until(() -> all.stream().allMatch(node -> node.sessions.size() == 2));
            for (Node from : all) {
                for (Node to : all) {
                    if (from != to) {
                        assertThat(from.echo(to.id, 100)).isEqualTo("reply of 100");
                    }
                }
            }
            assertThat(one.echo(two.id, 1 << 20)).isEqualTo("reply of " + (1 << 20));
        }
    }

    @Test
    void aMemberThatRestartsOnItsPortIsReachableWithinTwoSeconds() throws Exception {
        try (CapturedLog log = new CapturedLog();
                Node one = new Node(1)) {
            Node two = new Node(2);
            one.messenger.connect(two.address);
            await().until(() -> one.messenger.hasSession(two.id));
            await().until(() -> two.messenger.hasSession(one.id));
            two.close();
            assertThat(one.echo(two.id, 1)).isEqualTo("timeout");
            try (Node again = new Node("test", 2, 2, two.address.port())) {
                again.messenger.connect(one.address);
                await().atMost(Duration.ofSeconds(2)).until(() -> one.sessions.contains(new PeerId(two.id, 2)));
                assertThat(one.echo(again.id, 1)).isEqualTo("reply of 1");
                await().atMost(Duration.ofSeconds(2)).until(() -> again.messenger.hasSession(one.id));
                assertThat(again.echo(one.id, 1)).isEqualTo("reply of 1");
            }
            assertThat(log.alarms()).isEmpty();
        }
    }

    @Test
    void aPeerThatWasGivenUpIsConnectedAgain() throws Exception {
        try (Node one = new Node(1);
                Node two = new Node(2)) {
            one.messenger.connect(two.address);
            await().until(() -> one.messenger.hasSession(two.id) && two.messenger.hasSession(one.id));
            one.messenger.disconnect(two.id);
            await().until(() -> !one.messenger.hasSession(two.id));
            assertThat(one.echo(two.id, 1)).isEqualTo("NO_SESSION");
            await().atMost(Duration.ofSeconds(5))
                    .until(() -> two.echo(one.id, 1).equals("reply of 1"));
            await().until(() -> one.messenger.hasSession(two.id));
            assertThat(one.echo(two.id, 1)).isEqualTo("reply of 1");
        }
    }

    @Test
    void anotherClusterNameIsToldToBoth() throws Exception {
        try (Node one = new Node(1);
                Node two = new Node("other", 2, 1, 0)) {
            two.messenger.connect(one.address);
            await().until(() -> !one.rejections.isEmpty() && !two.rejections.isEmpty());
            assertThat(one.rejections.get(0)).contains("'test'", "'other'");
            assertThat(two.rejections.get(0)).contains("'test'", "'other'");
        }
    }

    @Test
    void ownAddressUnderAnotherNameIsRecognised() throws Exception {
        try (Node one = new Node(1)) {
            one.messenger.connect(new PeerAddress("localhost", one.address.port()));
            await().until(() -> one.messenger.metrics().framesReceived() > 0);
            long sent = one.messenger.metrics().framesSent();
            await().during(Duration.ofMillis(500))
                    .until(() -> one.messenger.metrics().framesSent() <= sent + 1);
            assertThat(one.rejections).isEmpty();
            assertThat(one.sessions).isEmpty();
        }
    }
}
