package io.kvmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStore.KnownPeer;
import io.kvmesh.metadata.NodeStoreCopy;
import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What every node store must do. Subclasses name the one to test. */
@TestInstance(TestInstance.Lifecycle.PER_METHOD)
abstract class NodeStoreContract {
    private static final NodeId ONE = new NodeId(1);
    private static final NodeId TWO = new NodeId(2);
    /** As an unsigned number larger than all others. */
    private static final NodeId LAST = new NodeId(-1);

    private final List<NodeStore> opened = new ArrayList<>();

    /** Opens the store in one directory, always the same within a test. */
    abstract NodeStore open();

    private NodeStore store() {
        return opened.get(opened.size() - 1);
    }

    @BeforeEach
    void openFirst() {
        opened.add(open());
    }

    @AfterEach
    void closeLast() {
        store().close();
    }

    @Test
    void aNewStoreIsEmpty() {
        assertThat(store().record("ring")).isEmpty();
        assertThat(store().peers()).isEmpty();
        reopen();
        assertThat(store().record("ring")).isEmpty();
        assertThat(store().peers()).isEmpty();
    }

    @Test
    void aCopyBringsBackTheRingAndPeersAndNothingElse() {
        KnownPeer first = new KnownPeer(ONE, 7, "10.0.0.1", 7_001);
        store().saveRecord("ring", new byte[] {1, 2});
        store().savePeer(first);
        byte[] copy = NodeStoreCopy.encode(store());
        store().saveRecord("ring", new byte[] {3});
        store().savePeer(new KnownPeer(ONE, 8, "10.0.0.2", 7_002));
        store().savePeer(new KnownPeer(TWO, 1, "10.0.0.3", 7_003));
        NodeStoreCopy.decode(copy, store());
        reopen();
        assertThat(store().record("ring").orElseThrow()).containsExactly(1, 2);
        assertThat(store().peers()).containsExactly(first);
    }

    @Test
    void aCopyThatIsCutOffOrOfAnotherVersionChangesNothing() {
        store().saveRecord("ring", new byte[] {1, 2});
        store().savePeer(new KnownPeer(ONE, 7, "10.0.0.1", 7_001));
        byte[] copy = NodeStoreCopy.encode(store());
        store().saveRecord("ring", new byte[] {3});
        for (int length = 0; length < copy.length; length++) {
            byte[] cut = Arrays.copyOf(copy, length);
            assertThatThrownBy(() -> NodeStoreCopy.decode(cut, store())).isInstanceOf(MalformedBytesException.class);
        }
        copy[0] = 3;
        assertThatThrownBy(() -> NodeStoreCopy.decode(copy, store()))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining("version 3, not 2");
        assertThat(store().record("ring").orElseThrow()).containsExactly(3);
        assertThat(store().peers()).hasSize(1);
    }

    @Test
    void peersAreKeptInTheOrderOfTheirIdentities() {
        KnownPeer last = peer(LAST, 1, "127.0.0.1", 65_535);
        KnownPeer two = peer(TWO, Long.MAX_VALUE, "::1", 1);
        KnownPeer one = peer(ONE, 0, "host.example", 7_000);
        Stream.of(last, two, one).forEach(store()::savePeer);
        assertThat(store().peers()).containsExactly(one, two, last);
        reopen();
        assertThat(store().peers()).containsExactly(one, two, last);
    }

    @Test
    void aPeerThatIsSavedAgainIsReplaced() {
        store().savePeer(peer(ONE, 1, "127.0.0.1", 1));
        store().savePeer(peer(TWO, 1, "127.0.0.1", 2));
        KnownPeer later = peer(ONE, 9, "127.0.0.2", 3);
        store().savePeer(later);
        assertThat(store().peers()).hasSize(2).first().isEqualTo(later);
        reopen();
        assertThat(store().peers()).hasSize(2).first().isEqualTo(later);
    }

    @Test
    void aRemovedPeerIsForgotten() {
        store().savePeer(peer(ONE, 1, "127.0.0.1", 1));
        KnownPeer two = peer(TWO, 1, "127.0.0.1", 2);
        store().savePeer(two);
        store().removePeer(ONE);
        store().removePeer(ONE);
        store().removePeer(LAST);
        assertThat(store().peers()).containsExactly(two);
        reopen();
        assertThat(store().peers()).containsExactly(two);
    }

    @Test
    void whatWasReadDoesNotChangeLater() {
        store().savePeer(peer(ONE, 1, "127.0.0.1", 1));
        List<KnownPeer> before = store().peers();
        store().removePeer(ONE);
        assertThat(before).hasSize(1);
    }

    @Test
    void recordsAreKeptByNameAndReplaced() {
        assertThat(store().record("first")).isEmpty();
        store().saveRecord("first", new byte[] {1, 2});
        store().saveRecord("second", new byte[0]);
        store().saveRecord("first", new byte[] {3});
        reopen();
        assertThat(store().record("first").orElseThrow()).containsExactly(3);
        assertThat(store().record("second").orElseThrow()).isEmpty();
        assertThat(store().record("third")).isEmpty();
    }

    @Test
    void aRecordIsWhatItWasWhenItWasSavedOrRead() {
        byte[] saved = {1};
        store().saveRecord("name", saved);
        saved[0] = 9;
        byte[] read = store().record("name").orElseThrow();
        assertThat(read).containsExactly(1);
        read[0] = 9;
        assertThat(store().record("name").orElseThrow()).containsExactly(1);
    }

    @Test
    void closingTwiceDoesNoHarm() {
        store().close();
        store().close();
    }

    private void reopen() {
        store().close();
        opened.add(open());
    }

    private static KnownPeer peer(NodeId node, long generation, String host, int port) {
        return new KnownPeer(node, generation, host, port);
    }
}
