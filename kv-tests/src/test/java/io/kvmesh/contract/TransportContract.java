package io.kvmesh.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.Transport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every transport must do while its network is well. Subclasses name the one to test.
 *
 * <p>That something does <em>not</em> arrive is tested by sending something else after it that must.
 */
abstract class TransportContract {
    private static final PeerId A = new PeerId(new NodeId(0xA), 1);
    private static final PeerId B = new PeerId(new NodeId(0xB), 1);
    private static final PeerId C = new PeerId(new NodeId(0xC), 1);
    private static final PeerId B_LATER = new PeerId(new NodeId(0xB), 2);
    private static final int LARGE_BYTES = 1024 * 1024;

    private final List<End> ends = new ArrayList<>();

    /** A transport that is not started; port 0 takes any free one. The host is that of {@link #host()}. */
    abstract Transport newTransport(int port);

    abstract String host();

    /** Lets time pass until the condition holds; fails if that takes too long. */
    abstract void await(BooleanSupplier condition);

    @AfterEach
    void closeAll() {
        ends.forEach(end -> end.transport.close());
    }

    @Test
    void deliversFramesToAPeerWhoseAddressWasLearned() throws IOException {
        End a = start(A);
        End b = start(B);
        a.transport.learn(B, b.address);
        a.send(B, "hello");
        b.awaitFrames("hello");
        assertThat(b.senders()).containsExactly(A);
        assertThat(a.texts()).isEmpty();
    }

    @Test
    void answersGoBackOnceTheSenderIsLearned() throws IOException {
        End a = start(A);
        End b = start(B);
        a.transport.learn(B, b.address);
        a.send(B, "question");
        b.awaitFrames("question");
        b.transport.learn(A, a.address);
        b.send(A, "answer");
        a.awaitFrames("answer");
        assertThat(a.senders()).containsExactly(B);
    }

    @Test
    void deliversToWhoeverListensAtAnAddress() throws IOException {
        End a = start(A);
        End b = start(B);
        a.sendToAddress(b.address, "hello");
        b.awaitFrames("hello");
        assertThat(b.senders()).containsExactly(A);
    }

    @Test
    void sendsOnlyTheGivenRangeOfTheArray() throws IOException {
        End a = start(A);
        End b = start(B);
        a.transport.learn(B, b.address);
        a.transport.send(B, "xxhelloxx".getBytes(UTF_8), 2, 5);
        a.transport.sendToAddress(b.address, "xyz".getBytes(UTF_8), 1, 1);
        b.awaitFrames("hello", "y");
    }

    @Test
    void aMemberReachesItself() throws IOException {
        End a = start(A);
        a.send(A, "by name");
        a.sendToAddress(a.address, "by address");
        a.awaitFrames("by name", "by address");
        assertThat(a.senders()).containsOnly(A);
    }

    @Test
    void oneArrayMayBeSentToSeveralPeers() throws IOException {
        End a = start(A);
        End b = start(B);
        End c = start(C);
        a.transport.learn(B, b.address);
        a.transport.learn(C, c.address);
        byte[] frame = "shared".getBytes(UTF_8);
        a.transport.send(B, frame, 0, frame.length);
        a.transport.send(C, frame, 0, frame.length);
        b.awaitFrames("shared");
        c.awaitFrames("shared");
    }

    @Test
    void theReceiverOwnsItsArray() throws IOException {
        End b = start(B);
        End a = start(A);
        a.transport.learn(B, b.address);
        b.overwritesFrames = true;
        byte[] frame = "payload".getBytes(UTF_8);
        a.transport.send(B, frame, 0, frame.length);
        a.transport.send(B, frame, 0, frame.length);
        b.awaitFrames("payload", "payload");
        assertThat(frame).isEqualTo("payload".getBytes(UTF_8));
    }

    @Test
    void deliversLargeFramesWhole() throws IOException {
        End a = start(A);
        End b = start(B);
        a.transport.learn(B, b.address);
        byte[] frame = "0123456789abcdef".repeat(LARGE_BYTES / 16).getBytes(UTF_8);
        a.transport.send(B, frame, 0, frame.length);
        b.awaitFrames(new String(frame, UTF_8));
    }

    @Test
    void deliversManyFramesOfTwoPeersInAnyOrder() throws IOException {
        int count = 500;
        End a = start(A);
        End b = start(B);
        End c = start(C);
        a.transport.learn(C, c.address);
        b.transport.learn(C, c.address);
        for (int i = 0; i < count; i++) {
            a.send(C, "a" + i);
            b.send(C, "b" + i);
        }
        await(() -> c.texts().size() == 2 * count);
        assertThat(c.texts()).doesNotHaveDuplicates();
    }

    @Test
    void dropsSilentlyWhatGoesToAPeerThatWasNotLearned() throws IOException {
        End a = start(A);
        End b = start(B);
        a.send(B, "dropped");
        a.sendToAddress(b.address, "marker");
        b.awaitFrames("marker");
    }

    @Test
    void dropsSilentlyWhatGoesWhereNobodyListens() throws IOException {
        End a = start(A);
        End b = start(B);
        End gone = start(C);
        gone.transport.close();
        a.transport.learn(C, gone.address);
        a.transport.learn(B, b.address);
        a.send(C, "dropped");
        a.sendToAddress(gone.address, "dropped");
        a.send(B, "marker");
        b.awaitFrames("marker");
        assertThat(gone.texts()).isEmpty();
    }

    @Test
    void framesForAnEarlierGenerationNeverReachALaterOne() throws IOException {
        End a = start(A);
        End earlier = start(B);
        a.transport.learn(B, earlier.address);
        a.send(B, "to the earlier");
        earlier.awaitFrames("to the earlier");
        earlier.transport.close();

        End later = restart(B_LATER, earlier.address);
        a.send(B, "too late");
        a.transport.learn(B_LATER, later.address);
        // A connection that died with the earlier run may swallow the first frames: that is allowed, so send again.
        await(() -> {
            a.send(B, "too late");
            a.send(B_LATER, "to the later");
            return later.texts().contains("to the later");
        });
        assertThat(later.texts()).containsOnly("to the later");
    }

    @Test
    void aRestartedPeerIsReachedAtItsAddress() throws IOException {
        End a = start(A);
        End earlier = start(B);
        a.sendToAddress(earlier.address, "one");
        earlier.awaitFrames("one");
        earlier.transport.close();
        End later = restart(B_LATER, earlier.address);
        await(() -> {
            a.sendToAddress(later.address, "two");
            return later.texts().contains("two");
        });
        assertThat(later.texts()).containsOnly("two");
    }

    @Test
    void retainedPeersStayConnectedAndOthersCanBeLearnedAgain() throws IOException {
        End a = start(A);
        End b = start(B);
        End c = start(C);
        a.transport.learn(B, b.address);
        a.transport.learn(C, c.address);
        a.send(B, "one");
        a.send(C, "one");
        b.awaitFrames("one");
        c.awaitFrames("one");
        a.transport.retain(List.of(A, B));
        a.send(B, "two");
        b.awaitFrames("one", "two");
        a.transport.learn(C, c.address);
        await(() -> {
            a.send(C, "two");
            return c.texts().contains("two");
        });
    }

    @Test
    void aPortInUseIsRefusedByItsName() throws IOException {
        End a = start(A);
        Transport second = newTransport(a.address.port());
        try {
            assertThatThrownBy(() -> second.start(B, (from, buffer, offset, length) -> {}))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(Integer.toString(a.address.port()));
        } finally {
            second.close();
        }
        End b = start(B);
        b.sendToAddress(a.address, "still here");
        a.awaitFrames("still here");
    }

    @Test
    void tellsAnAddressThatPeersCanUse() throws IOException {
        End a = start(A);
        assertThat(a.address.host()).isEqualTo(host());
        assertThat(a.address.port()).isPositive();
    }

    @Test
    void aClosedTransportDropsEverythingAndClosesAgain() throws IOException {
        End a = start(A);
        End b = start(B);
        End c = start(C);
        a.transport.learn(B, b.address);
        b.transport.close();
        b.transport.close();
        b.transport.sendToAddress(a.address, "dropped".getBytes(UTF_8), 0, 7);
        b.transport.learn(A, a.address);
        b.transport.send(A, "dropped".getBytes(UTF_8), 0, 7);
        b.transport.retain(List.of());
        c.sendToAddress(a.address, "marker");
        a.awaitFrames("marker");
    }

    @Test
    void aTransportThatNeverStartedCanBeClosed() {
        newTransport(0).close();
    }

    private End start(PeerId self) throws IOException {
        return new End(self, newTransport(0));
    }

    private End restart(PeerId self, PeerAddress address) throws IOException {
        return new End(self, newTransport(address.port()));
    }

    /** One end of the network and what arrived there. The lists may be filled by the transport's threads. */
    private final class End {
        private final Transport transport;
        private final PeerAddress address;
        private final List<String> texts = Collections.synchronizedList(new ArrayList<>());
        private final List<PeerId> senders = Collections.synchronizedList(new ArrayList<>());
        private volatile boolean overwritesFrames;

        End(PeerId self, Transport transport) throws IOException {
            this.transport = transport;
            ends.add(this);
            address = transport.start(self, this::onFrame);
        }

        private void onFrame(PeerId from, byte[] buffer, int offset, int length) {
            senders.add(from);
            texts.add(new String(buffer, offset, length, UTF_8));
            if (overwritesFrames) {
                Arrays.fill(buffer, offset, offset + length, (byte) '?');
            }
        }

        void send(PeerId to, String text) {
            byte[] frame = text.getBytes(UTF_8);
            transport.send(to, frame, 0, frame.length);
        }

        void sendToAddress(PeerAddress to, String text) {
            byte[] frame = text.getBytes(UTF_8);
            transport.sendToAddress(to, frame, 0, frame.length);
        }

        List<String> texts() {
            synchronized (texts) {
                return List.copyOf(texts);
            }
        }

        List<PeerId> senders() {
            synchronized (senders) {
                return List.copyOf(senders);
            }
        }

        /** Waits until just these frames arrived, in whatever order. */
        void awaitFrames(String... expected) {
            await(() -> texts().size() >= expected.length);
            assertThat(texts()).containsExactlyInAnyOrder(expected);
        }
    }
}
