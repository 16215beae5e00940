package io.kvmesh.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.OverloadedException;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PeerMessengerTest {
    private final Mesh mesh = new Mesh();
    private final Member one = mesh.member(1);
    private final Member two = mesh.member(2);
    private final Member three = mesh.member(3);
    private final Member.Operation operation = new Member.Operation();

    @BeforeEach
    void connect() {
        mesh.join(one, two);
        mesh.join(one, three);
    }

    private long begin() {
        return one.messenger.begin(operation, mesh.in(2000));
    }

    @Test
    void oneRequestGoesToSeveralPeersAndEachReplies() {
        one.send(begin(), mesh.in(2000), "hi", two, three);
        mesh.settle();
        assertThat(operation.events).containsExactly("2:re hi", "3:re hi");
        assertThat(two.requests).containsExactly("1:hi");
        assertThat(one.messenger.metrics().framesSent()).isPositive();
        assertThat(two.messenger.metrics().framesReceived()).isPositive();
    }

    @Test
    void echoIsBuiltIn() {
        one.send(Verb.ECHO, begin(), mesh.in(2000), "payload", two);
        mesh.settle();
        assertThat(operation.events).containsExactly("2:payload");
    }

    @Test
    void aOneWayMessageArrivesAndIsNotAnswered() {
        two.answers = false;
        one.messenger.sendOneWay(two.node, Verb.REPLICA_WRITE, new byte[] {'g'});
        mesh.settle();
        assertThat(two.requests).containsExactly("1:g");
        InboundRequest message = two.kept.get(0);
        mesh.advance(100_000);
        assertThat(message.isExpired()).isFalse();
        assertThatThrownBy(() -> message.reply(message.newReply(0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("only a request is answered");
    }

    @Test
    void aPeerWithoutSessionFailsAtOnce() {
        Member stranger = mesh.member(4);
        one.send(begin(), mesh.in(2000), "x", stranger);
        assertThat(operation.events).containsExactly("4:NO_SESSION");
        one.messenger.sendOneWay(stranger.node, Verb.REPLICA_WRITE, new byte[1]);
        mesh.settle();
        assertThat(stranger.requests).isEmpty();
    }

    @Test
    void anOverloadedPeerIsReportedAndItsBudgetGivenBack() {
        two.overloaded = true;
        for (int i = 0; i < 3 * Mesh.LIMITS.peerMessagesMax(); i++) {
            one.send(begin(), mesh.in(2000), "x", two);
            mesh.settle();
        }
        assertThat(operation.events).hasSize(30).containsOnly("2:OVERLOADED");
    }

    @Test
    void theBudgetOfMessagesRefusesAndComesBackWithReplies() {
        two.answers = false;
        List<Long> correlations = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            correlations.add(begin());
            one.send(correlations.get(i), mesh.in(2000), "x", two);
        }
        mesh.settle();
        assertThat(operation.events).isEmpty();
        one.send(begin(), mesh.in(2000), "y", two, three);
        mesh.settle();
        assertThat(operation.events).containsExactly("2:BUDGET_SPENT", "3:re y");
        assertThat(one.messenger.metrics().refusedMessages()).isEqualTo(1);
        assertThat(two.requests).hasSize(10);
        InboundRequest first = two.kept.get(0);
        first.reply(first.newReply(0));
        mesh.settle();
        one.send(begin(), mesh.in(2000), "z", two);
        mesh.settle();
        one.messenger.end(correlations.get(5));
        one.messenger.end(correlations.get(5));
        one.send(begin(), mesh.in(2000), "w", two);
        mesh.settle();
        assertThat(two.requests).hasSize(12);
        assertThat(one.messenger.metrics().refusedMessages()).isEqualTo(1);
    }

    @Test
    void theBudgetOfBytesRefuses() {
        two.answers = false;
        String large = "x".repeat(4900);
        long correlation = begin();
        for (int i = 0; i < 3; i++) {
            one.send(correlation, mesh.in(2000), large, two);
        }
        assertThat(operation.events).containsExactly("2:BUDGET_SPENT");
        one.messenger.end(correlation);
        one.send(begin(), mesh.in(2000), large, two);
        assertThat(operation.events).hasSize(1);
    }

    @Test
    void aFrameOverTheLimitIsOurMistake() {
        long correlation = begin();
        assertThatThrownBy(() -> one.send(correlation, mesh.in(2000), "x".repeat(5000), two))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("5000");
        one.messenger.end(correlation);
        one.send(begin(), mesh.in(2000), "y".repeat(4900), two);
        mesh.settle();
        assertThat(two.requests).hasSize(1);
    }

    @Test
    void operationsBeyondTheLimitAreRefused() {
        IntStream.range(0, 100).forEach(i -> begin());
        assertThatThrownBy(this::begin).isInstanceOf(OverloadedException.class).hasMessageContaining("100");
    }

    @Test
    void aRequestThatComesLateIsNotServed() {
        two.answers = false;
        one.send(begin(), mesh.in(2000), "in time", two);
        one.send(begin(), mesh.in(2000), "stale", two);
        byte[] stale = mesh.net.frames.get(mesh.net.frames.size() - 1);
        mesh.settle();
        mesh.advance(2900);
        assertThat(two.kept.get(0).isExpired()).isFalse();
        two.port.receive(one.peer, stale);
        assertThat(two.requests).hasSize(3);
        mesh.advance(200);
        two.port.receive(one.peer, stale);
        assertThat(two.requests).hasSize(3);
        assertThat(two.messenger.metrics().droppedLate()).isEqualTo(1);
        assertThat(two.kept.get(0).isExpired()).isTrue();
    }

    @Test
    void clocksASecondApartAreTolerated() {
        one.send(begin(), mesh.in(1), "x", two);
        mesh.time.shiftWall(900_000);
        mesh.settle();
        assertThat(two.requests).hasSize(1);
        one.send(begin(), mesh.in(1), "x", two);
        mesh.time.shiftWall(1_100_000);
        mesh.settle();
        assertThat(two.requests).hasSize(1);
    }

    @Test
    void repliesAfterTheEndOrTheDeadlineAreDropped() {
        two.answers = false;
        long ended = begin();
        one.send(ended, mesh.in(2000), "x", two);
        mesh.settle();
        one.messenger.end(ended);
        answer(0);
        assertThat(one.messenger.metrics().droppedUnknown()).isEqualTo(1);
        Member.Operation brief = new Member.Operation();
        long late = one.messenger.begin(brief, mesh.in(1));
        one.send(late, mesh.in(2000), "x", two);
        mesh.settle();
        mesh.advance(2);
        answer(1);
        assertThat(one.messenger.metrics().droppedLate()).isEqualTo(1);
        assertThat(operation.events).isEmpty();
        assertThat(brief.events).isEmpty();
    }

    private void answer(int index) {
        InboundRequest request = two.kept.get(index);
        request.reply(request.newReply(0));
        mesh.settle();
    }

    @Test
    void aDuplicateReplyAndOneNobodyAskedForAreDropped() {
        one.send(begin(), mesh.in(2000), "x", two, three);
        mesh.settle();
        byte[] reply = mesh.net.frames.get(mesh.net.frames.size() - 1);
        assertThat(FrameHeader.kind(reply, 0)).isEqualTo(FrameHeader.KIND_REPLY);
        one.port.receive(three.peer, reply);
        mesh.settle();
        assertThat(operation.events).hasSize(2);
        assertThat(one.messenger.metrics().droppedUnknown()).isEqualTo(1);
        assertThat(two.messenger.metrics().droppedUnknown()).isZero();
    }

    @Test
    void aRequestIsAnsweredOnce() {
        two.answers = false;
        one.send(begin(), mesh.in(2000), "x", two);
        mesh.settle();
        InboundRequest request = two.kept.get(0);
        request.reply(request.newReply(0));
        assertThatThrownBy(request::replyOverloaded).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void ticksComeEveryFiveMillisUntilTheEndAndStopWhenIdle() {
        assertThat(mesh.time.waitingTasks()).isZero();
        long correlation = begin();
        mesh.advance(100);
        assertThat(operation.ticks).isEqualTo(20);
        one.messenger.end(correlation);
        mesh.advance(100);
        assertThat(operation.ticks).isEqualTo(20);
        assertThat(mesh.time.waitingTasks()).isZero();
        begin();
        mesh.advance(3000);
        assertThat(operation.ticks).isEqualTo(420);
        assertThat(mesh.time.waitingTasks()).isZero();
        assertThat(one.messenger.begin(operation, mesh.in(10))).isPositive();
        mesh.advance(10);
        assertThat(operation.ticks).isEqualTo(422);
    }

    @Test
    void theLastTickGivesTheBudgetBack() {
        two.answers = false;
        for (int i = 0; i < 10; i++) {
            one.send(begin(), mesh.in(2000), "x", two);
        }
        mesh.advance(2010);
        one.send(begin(), mesh.in(2000), "x", two);
        assertThat(operation.events).isEmpty();
    }

    @Test
    void handlersThatThrowHurtNobodyElse() {
        operation.thrown = new IllegalStateException("an operation that fails");
        Member.Operation healthy = new Member.Operation();
        one.send(Verb.REPLICA_READ, begin(), mesh.in(2000), "x", two);
        one.send(begin(), mesh.in(2000), "x", two);
        one.send(begin(), mesh.in(2000), "x", mesh.member(9));
        one.send(one.messenger.begin(healthy, mesh.in(2000)), mesh.in(2000), "y", two);
        mesh.advance(10);
        assertThat(healthy.events).containsExactly("2:re y");
        assertThat(healthy.ticks).isEqualTo(2);
        assertThat(operation.ticks).isEqualTo(6);
    }

    @Test
    void closeFailsWhatWaits() {
        two.answers = false;
        one.send(begin(), mesh.in(2000), "x", two, three);
        one.messenger.close();
        assertThat(operation.events).containsExactly("2:SESSION_ENDED", "3:SESSION_ENDED");
        one.send(begin(), mesh.in(2000), "x", two);
        assertThat(operation.events).hasSize(3);
    }

    @Test
    void framesOfAnotherGenerationAreDroppedAndCounted() {
        ByteWriter request = one.messenger.newRequest(Verb.REPLICA_WRITE, begin(), mesh.in(2000), 0);
        for (long generation : new long[] {0, 2}) {
            two.port.receive(new PeerId(one.node, generation), request.toBytes());
        }
        two.port.receive(new PeerId(new NodeId(77), 1), request.toBytes());
        mesh.settle();
        assertThat(two.requests).isEmpty();
        assertThat(two.messenger.metrics().droppedWithoutSession()).isEqualTo(3);
    }

    @Test
    void everyTruncationAndEveryFlippedBitOfEveryFrameIsSurvived() {
        one.send(begin(), mesh.in(2000), "some payload", two);
        mesh.settle();
        one.messenger.sendOneWay(two.node, Verb.REPLICA_WRITE, new byte[] {'g'});
        mesh.settle();
        two.port.receive(
                one.peer,
                HelloFrames.rejection(1, new HelloFrames.Rejection(one.address(), "a reason"))
                        .toBytes());
        List<byte[]> frames = List.copyOf(mesh.net.frames);
        assertThat(frames).hasSizeGreaterThan(10);
        for (byte[] frame : frames) {
            for (int length = 0; length < frame.length; length++) {
                receive(java.util.Arrays.copyOf(frame, length));
            }
            for (int bit = 0; bit < frame.length * 8; bit++) {
                byte[] flipped = frame.clone();
                flipped[bit / 8] ^= (byte) (1 << (bit % 8));
                receive(flipped);
            }
        }
        assertThat(two.messenger.metrics().droppedMalformed()).isPositive();
        // A flipped bit may have told each a wrong address of the other, as the transport's checksum does not allow.
        one.messenger.connect(two.address());
        mesh.advance(10_000);
        assertThat(one.messenger.hasSession(two.node)).isTrue();
        Member.Operation after = new Member.Operation();
        one.send(one.messenger.begin(after, mesh.in(2000)), mesh.in(2000), "after", two);
        mesh.settle();
        assertThat(after.events).contains("2:re after");
    }

    private void receive(byte[] frame) {
        one.port.receive(two.peer, frame);
        two.port.receive(one.peer, frame);
        mesh.settle();
    }

    @Test
    void badVersionUnknownVerbAndRequestWithoutDeadlineAreCounted() {
        byte[] frame = one.messenger
                .newRequest(Verb.REPLICA_WRITE, 1, mesh.in(2000), 0)
                .toBytes();
        byte[] badVersion = frame.clone();
        badVersion[0] = 9;
        byte[] unknownVerb = frame.clone();
        unknownVerb[1] = 99;
        byte[] unservedVerb = frame.clone();
        unservedVerb[1] = (byte) Verb.PING.code();
        byte[] noDeadline = frame.clone();
        java.util.Arrays.fill(noDeadline, 11, 19, (byte) 0);
        for (byte[] bad : List.of(badVersion, unknownVerb, unservedVerb, noDeadline)) {
            two.port.receive(one.peer, bad);
        }
        assertThat(two.messenger.metrics().droppedMalformed()).isEqualTo(2);
        assertThat(two.messenger.metrics().droppedUnknown()).isEqualTo(2);
        assertThat(two.requests).isEmpty();
    }

    @Test
    void aVerbHasOneHandlerRegisteredBeforeTheStart() {
        assertThatThrownBy(() -> one.messenger.handle(Verb.PING, (request, payload) -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("before the start");
    }

    @Test
    void whoGetsARequestThatWasPassedOnAnswersTheRequester() {
        mesh.join(two, three);
        two.carriesTo.add(three.node);
        long correlation = begin();
        assertThat(one.messenger.expect(three.node, Verb.REPLICA_WRITE, correlation, 40))
                .isTrue();
        one.send(Verb.CARRIED_WRITE, correlation, mesh.in(2000), "hi", two);
        mesh.settle();
        assertThat(operation.events).containsExactlyInAnyOrder("2:re hi", "3:re hi");
        assertThat(three.requests).containsExactly("1:hi");
        assertThat(one.messenger.traffic().requestBytes()).isZero();
        assertThat(two.messenger.traffic().requestBytes()).isZero();
    }

    @Test
    void anAnswerThatNobodyExpectsIsDropped() {
        mesh.join(two, three);
        two.carriesTo.add(three.node);
        one.send(Verb.CARRIED_WRITE, begin(), mesh.in(2000), "hi", two);
        mesh.settle();
        assertThat(three.requests).containsExactly("1:hi");
        assertThat(operation.events).containsExactly("2:re hi");
    }

    @Test
    void whoDoesNotKnowTheRequesterAnswersItAllTheSame() {
        Member four = mesh.member(4);
        mesh.join(two, four);
        two.carriesTo.add(four.node);
        two.carriesTo.add(mesh.member(5).node);
        long correlation = begin();
        for (NodeId far : two.carriesTo) {
            assertThat(one.messenger.expect(far, Verb.REPLICA_WRITE, correlation, 40))
                    .isTrue();
        }
        one.send(Verb.CARRIED_WRITE, correlation, mesh.in(2000), "hi", two);
        mesh.settle();
        assertThat(four.requests).containsExactly("1:hi");
        assertThat(operation.events).containsExactlyInAnyOrder("2:re hi", "4:re hi");
        assertThat(one.messenger.traffic().requestBytes())
                .as("what was expected of the one whom nobody reached")
                .isEqualTo(40);
        one.messenger.end(correlation);
        assertThat(one.messenger.traffic().requestBytes()).isZero();
    }

    @Test
    void whatIsExpectedOfAStrangerHoldsABudgetToo() {
        NodeId stranger = mesh.member(4).node;
        long correlation = begin();
        for (int i = 0; i < Mesh.LIMITS.peerMessagesMax(); i++) {
            assertThat(one.messenger.expect(stranger, Verb.REPLICA_WRITE, correlation, 40))
                    .isTrue();
        }
        assertThat(one.messenger.expect(stranger, Verb.REPLICA_WRITE, correlation, 40))
                .isFalse();
        assertThat(one.messenger.stopExpecting(stranger, Verb.REPLICA_WRITE, correlation))
                .isTrue();
        assertThat(one.messenger.expect(stranger, Verb.REPLICA_WRITE, correlation, 40))
                .isTrue();
    }

    @Test
    void answersGoThroughWhoPassedTheRequestOn() {
        mesh.join(two, three);
        two.carriesTo.add(three.node);
        three.overloaded = true;
        long correlation = begin();
        assertThat(one.messenger.expect(three.node, Verb.REPLICA_WRITE, correlation, 40))
                .isTrue();
        one.send(Verb.CARRIED_WRITE, correlation, mesh.in(2000), "hi", two);
        mesh.settle();
        assertThat(operation.events).containsExactlyInAnyOrder("2:re hi", "3:OVERLOADED");
    }

    @Test
    void anAnswerOfAnotherKindThanAnswersHaveIsMalformed() {
        byte[] frame = FrameHeader.startAnswer(
                        FrameHeader.KIND_ANSWER_BACK,
                        Verb.ECHO,
                        FrameHeader.KIND_REQUEST,
                        three.peer,
                        1,
                        FrameHeader.NO_DEADLINE,
                        0)
                .toBytes();
        two.port.receive(one.peer, frame);
        frame[2] = FrameHeader.KIND_ANSWER_PASSED_ON;
        two.port.receive(one.peer, frame);
        assertThat(two.messenger.metrics().droppedMalformed()).isEqualTo(2);
    }

    @Test
    void whatIsExpectedHoldsTheBudgetAndFailsWithTheSession() {
        long correlation = begin();
        for (int i = 0; i < Mesh.LIMITS.peerMessagesMax(); i++) {
            assertThat(one.messenger.expect(three.node, Verb.REPLICA_WRITE, correlation, 40))
                    .isTrue();
        }
        assertThat(one.messenger.expect(three.node, Verb.REPLICA_WRITE, correlation, 40))
                .isFalse();
        assertThat(operation.events).isEmpty();
        assertThat(one.messenger.stopExpecting(three.node, Verb.REPLICA_WRITE, correlation))
                .isTrue();
        one.messenger.disconnect(three.node);
        mesh.settle();
        assertThat(operation.events).hasSize(Mesh.LIMITS.peerMessagesMax() - 1).containsOnly("3:SESSION_ENDED");
        assertThat(one.messenger.stopExpecting(three.node, Verb.REPLICA_WRITE, correlation))
                .isFalse();
        one.messenger.end(correlation);
        assertThat(one.messenger.expect(two.node, Verb.REPLICA_WRITE, correlation, 40))
                .isFalse();
    }
}
