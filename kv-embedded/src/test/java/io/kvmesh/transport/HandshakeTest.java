package io.kvmesh.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HandshakeTest {
    private final Mesh mesh = new Mesh();
    private final MemoryNet net = mesh.net;

    @Test
    void aHelloToAnAddressAgreesASessionOnBothSides() {
        Member one = mesh.member(1);
        Member two = mesh.member(2);
        one.messenger.connect(two.address());
        assertThat(one.messenger.hasSession(two.node)).isFalse();
        mesh.settle();
        assertThat(one.messenger.hasSession(two.node)).isTrue();
        assertThat(two.messenger.hasSession(one.node)).isTrue();
        assertThat(one.sessions).containsExactly("2/1");
        assertThat(two.sessions).containsExactly("1/1");
        assertThat(mesh.time.waitingTasks()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"HELLO", "HELLO_ACK"})
    void aLostHelloOrAnswerIsRepeatedEvery200Millis(Verb lost) {
        Member one = mesh.member(1);
        Member two = mesh.member(2);
        AtomicInteger losses = new AtomicInteger(3);
        net.lose(frame -> MemoryNet.isVerb(frame, lost) && losses.getAndDecrement() > 0);
        one.messenger.connect(two.peer, two.address());
        mesh.advance(199);
        assertThat(one.messenger.hasSession(two.node)).isFalse();
        mesh.advance(500);
        assertThat(one.sessions).containsExactly("2/1");
        assertThat(two.sessions).containsExactly("1/1");
    }

    @Test
    void pausesBetweenHellosGrowToTwoSeconds() {
        Member one = mesh.member(1);
        one.messenger.connect(new PeerAddress("10.0.0.9", 1));
        mesh.advance(5000);
        assertThat(net.frames).hasSizeBetween(24, 26);
        mesh.advance(20_000);
        int before = net.frames.size();
        mesh.advance(20_000);
        assertThat(net.frames.size() - before).isBetween(9, 11);
    }

    @Test
    void simultaneousHellosAgreeOneSessionEach() {
        Member one = mesh.member(1);
        Member two = mesh.member(2);
        one.messenger.connect(two.address());
        two.messenger.connect(one.address());
        one.messenger.connect(two.peer, two.address());
        mesh.settle();
        assertThat(one.sessions).containsExactly("2/1");
        assertThat(two.sessions).containsExactly("1/1");
        mesh.advance(10_000);
        assertThat(mesh.time.waitingTasks()).isZero();
    }

    @Test
    void aHelloToItselfEndsSilently() {
        Member one = mesh.member(1);
        one.messenger.connect(one.address());
        mesh.settle();
        assertThat(net.frames).isEmpty();
        // The same member under another spelling of its address: its own hello reaches it.
        one.port.receive(one.peer, helloOf(one.peer, one.address(), "test"));
        mesh.advance(10_000);
        assertThat(one.sessions).isEmpty();
        assertThat(one.rejections).isEmpty();
        assertThat(net.frames).isEmpty();
    }

    @Test
    void ownHelloComingBackEndsTheAttempt() {
        Member one = mesh.member(1);
        PeerAddress alias = new PeerAddress("alias", 1);
        one.messenger.connect(alias);
        mesh.settle();
        assertThat(net.frames).hasSize(1);
        one.port.receive(one.peer, net.frames.get(0));
        mesh.advance(10_000);
        assertThat(net.frames).hasSize(1);
        assertThat(one.rejections).isEmpty();
    }

    @Test
    void aNewGenerationReplacesTheOldSessionAndFailsItsRequests() {
        Member one = mesh.member(1);
        Member two = mesh.member(2);
        mesh.join(one, two);
        two.answers = false;
        Member.Operation operation = new Member.Operation();
        long correlation = one.messenger.begin(operation, mesh.in(10_000));
        one.send(correlation, mesh.in(10_000), "x", two);
        mesh.settle();
        two.messenger.close();
        Member again = mesh.member(2, 2);
        again.messenger.connect(one.address());
        mesh.settle();
        assertThat(operation.events).containsExactly("2:SESSION_ENDED");
        assertThat(one.sessions).containsExactly("2/1", "2/2");
        assertThat(again.sessions).containsExactly("1/1");
    }

    @Test
    void anEarlierGenerationIsRefused() {
        Member one = mesh.member(1);
        Member two = mesh.member(2, 5);
        mesh.join(one, two);
        PeerId earlier = new PeerId(two.node, 4);
        one.port.receive(earlier, helloOf(earlier, new PeerAddress("10.0.0.1", 7099), "test"));
        mesh.settle();
        assertThat(one.sessions).containsExactly("2/5");
        assertThat(net.countOf(Verb.HELLO_REJECT)).isEqualTo(1);
        assertThat(one.messenger.hasSession(two.node)).isTrue();
        assertThat(one.messenger.metrics().rejectedHellos()).isEqualTo(1);
    }

    @Test
    void anotherClusterNameIsRejectedOnBothSidesWithBothValues() {
        assertMismatch(new Hello("other", 64, peer(2)), "cluster name 'test'", "'other'");
    }

    @Test
    void anotherPartitionCountIsRejectedOnBothSidesWithBothValues() {
        assertMismatch(new Hello("test", 128, peer(2)), "128", "64");
    }

    @Test
    void aProtocolWithoutCommonVersionIsRejectedOnBothSidesWithBothValues() {
        assertMismatch(new Hello("test", 64, peer(2), 2, 3), "2 to 3", "1 to 1");
    }

    @Test
    void aProtocolRangeWithACommonVersionIsAccepted() {
        Member one = mesh.member(1);
        Member two = mesh.member(new Hello("test", 64, peer(2), 1, 3), 7002);
        mesh.join(one, two);
        assertThat(one.messenger.hasSession(two.node)).isTrue();
    }

    @Test
    void aCopiedNodeIdIsRejectedOnBothSides() {
        Member one = mesh.member(1);
        Member copy = mesh.member(new Hello("test", 64, new PeerId(one.node, 1)), 7002);
        copy.messenger.connect(one.address());
        mesh.settle();
        assertThat(one.rejections).hasSize(1);
        assertThat(copy.rejections).hasSize(1);
        assertThat(one.rejections.get(0)).contains("10.0.0.1:7001", "10.0.0.1:7002", "node id " + one.node);
        assertThat(copy.rejections.get(0)).contains("10.0.0.1:7001", "10.0.0.1:7002", "node id " + one.node);
    }

    private void assertMismatch(Hello other, String... values) {
        Member one = mesh.member(1);
        Member two = mesh.member(other, 7002);
        two.messenger.connect(one.address());
        mesh.settle();
        assertThat(one.rejections).hasSize(1);
        assertThat(two.rejections).hasSize(1);
        assertThat(one.rejections.get(0)).startsWith("10.0.0.1:7002 ").contains(values);
        assertThat(two.rejections.get(0)).startsWith("10.0.0.1:7001 ").contains(values);
        assertThat(one.messenger.hasSession(two.node)).isFalse();
        assertThat(two.messenger.hasSession(one.node)).isFalse();
        // It keeps trying, slowly, and is not reported again at each try.
        long hellos = net.countOf(Verb.HELLO);
        mesh.advance(20_000);
        assertThat(net.countOf(Verb.HELLO) - hellos).isBetween(3L, 5L);
        assertThat(one.rejections).hasSize(1);
        assertThat(two.rejections).hasSize(1);
        assertThat(one.messenger.metrics().rejectedHellos()).isPositive();
        assertThat(two.messenger.metrics().rejectedHellos()).isPositive();
    }

    @Test
    void disconnectEndsTheSessionRetainsTheOthersAndStopsHellos() {
        Member one = mesh.member(1);
        Member two = mesh.member(2);
        Member three = mesh.member(3);
        mesh.join(one, two);
        mesh.join(one, three);
        two.messenger.close();
        one.messenger.disconnect(two.node);
        mesh.settle();
        assertThat(one.messenger.hasSession(two.node)).isFalse();
        assertThat(one.port.retained).containsExactly(List.of(three.peer));
        one.messenger.connect(two.peer, two.address());
        mesh.advance(1000);
        one.messenger.disconnect(two.node);
        mesh.settle();
        int before = net.frames.size();
        mesh.advance(10_000);
        assertThat(net.frames).hasSize(before);
    }

    @Test
    void aPeerThatWasGivenUpIsGreetedAgainWhenItStillTalks() {
        Member one = mesh.member(1);
        Member two = mesh.member(2);
        mesh.join(one, two);
        one.messenger.disconnect(two.node);
        mesh.settle();
        assertThat(two.messenger.hasSession(one.node)).isTrue();
        Member.Operation operation = new Member.Operation();
        two.send(two.messenger.begin(operation, mesh.in(1000)), mesh.in(1000), "x", one);
        mesh.settle();
        assertThat(operation.events).containsExactly("1:SESSION_ENDED");
        assertThat(one.messenger.metrics().droppedWithoutSession()).isEqualTo(1);
        assertThat(one.requests).isEmpty();
        assertThat(one.sessions).containsExactly("2/1", "2/1");
        assertThat(two.sessions).containsExactly("1/1", "1/1");
        assertThat(one.messenger.hasSession(two.node)).isTrue();
        assertThat(two.messenger.hasSession(one.node)).isTrue();
    }

    @Test
    void aSoughtMemberThatMovedIsFoundAtItsNewAddress() {
        Member one = mesh.member(1);
        PeerId sought = peer(2);
        one.messenger.connect(sought, new PeerAddress("10.0.0.1", 7777));
        mesh.advance(1000);
        Member two = mesh.member(2, 3);
        one.messenger.connect(two.peer, two.address());
        mesh.advance(1000);
        assertThat(one.sessions).containsExactly("2/3");
        assertThat(mesh.time.waitingTasks()).isZero();
    }

    @Test
    void anotherMemberAtTheSoughtAddressIsTakenAndTheSearchGoesOn() {
        Member one = mesh.member(1);
        Member three = mesh.member(3);
        one.messenger.connect(peer(2), three.address());
        mesh.advance(1000);
        assertThat(one.sessions).containsExactly("3/1");
        assertThat(mesh.time.waitingTasks()).isEqualTo(1);
        one.messenger.disconnect(new NodeId(2));
        mesh.settle();
        assertThat(mesh.time.waitingTasks()).isZero();
    }

    @Test
    void sessionsBeyondTheLimitAreRejected() {
        Member one = mesh.member(1);
        List<Member> others = new ArrayList<>();
        for (int i = 0; i <= Mesh.LIMITS.peersMax(); i++) {
            Member other = mesh.member(2 + i);
            other.messenger.connect(one.address());
            mesh.settle();
            others.add(other);
        }
        assertThat(one.sessions).hasSize(Mesh.LIMITS.peersMax());
        Member last = others.get(others.size() - 1);
        assertThat(last.rejections).hasSize(1);
        assertThat(last.rejections.get(0)).contains("8 peers");
    }

    @Test
    void helloAttemptsBeyondTheLimitAreReportedAndNotStarted() {
        Member one = mesh.member(1);
        for (int i = 0; i <= Mesh.LIMITS.peersMax(); i++) {
            one.messenger.connect(new PeerAddress("10.0.0.9", 1 + i));
        }
        mesh.settle();
        assertThat(net.frames).hasSize(Mesh.LIMITS.peersMax());
        assertThat(one.rejections).hasSize(1);
        assertThat(one.rejections.get(0)).startsWith("10.0.0.9:9 ").contains("8 addresses");
    }

    @Test
    void afterCloseNoHelloIsSaidOrAnswered() {
        Member one = mesh.member(1);
        Member two = mesh.member(2);
        one.messenger.connect(new PeerAddress("10.0.0.9", 1));
        mesh.settle();
        one.messenger.close();
        one.messenger.close();
        two.messenger.connect(one.address());
        mesh.settle();
        int before = net.frames.size();
        mesh.advance(190);
        assertThat(net.frames).hasSize(before);
        assertThat(two.sessions).isEmpty();
    }

    private static byte[] helloOf(PeerId peer, PeerAddress address, String cluster) {
        return HelloFrames.greeting(Verb.HELLO, 1, new HelloFrames.Greeting(new Hello(cluster, 64, peer), address))
                .toBytes();
    }

    private static PeerId peer(long number) {
        return new PeerId(new NodeId(number), 1);
    }
}
