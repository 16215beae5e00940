package io.kvmesh.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.MemberState;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStore.KnownPeer;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.metadata.sqlite.SqliteNodeStore;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Token;
import io.kvmesh.ring.TokenAllocator;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a member remembers between runs, with the store that it has in production. */
class MembershipStoreTest {
    private final TestMesh mesh = new TestMesh(1);

    @TempDir
    private Path directory;

    @Test
    void aMemberThatRestartsKeepsItsTokensAndFindsTheOthersWithoutSeeds() {
        List<Token> tokens = TokenAllocator.allocate(16, List.of(), mesh.random);
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            mesh.create(0, 1, tokens).start(List.of(), TestMesh.addresses(1), store);
            mesh.start(1, 0);
            mesh.start(2, 0);
            mesh.runSeconds(10);
            mesh.member(0).kill();
        }
        mesh.runSeconds(30);
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            assertThat(store.tokens()).isEqualTo(tokens);
            TestMember restarted = mesh.restart(0, store);

            assertThat(restarted.tokens).isEqualTo(tokens);
            assertThat(mesh.runUntil(mesh::isConverged, 5 * TestMesh.SECOND)).isNotNegative();
        }
    }

    @Test
    void rememberedPeersAreInTheRingAtOnceAndDeadIfTheyStaySilent() {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            store.saveTokens(List.of(new Token(1, 1)));
            store.savePeer(new KnownPeer(TestMesh.id(5), 3, "10.0.0.5", 7000, List.of(new Token(9, 9))));
            mesh.create(0, 1, List.of());
            TestMember member = mesh.restart(0, store);
            mesh.runSeconds(0.1);

            assertThat(member.membership.view().ring().contains(TestMesh.id(5))).isTrue();
            assertThat(member.stateOf(5)).isEqualTo(MemberState.SUSPECT);
            mesh.runSeconds(6);
            assertThat(member.stateOf(5)).isEqualTo(MemberState.DEAD);
            assertThat(member.membership.view().ring().contains(TestMesh.id(5))).isTrue();

            TestMember joiner = mesh.start(1, 0);
            mesh.runSeconds(5);
            assertThat(joiner.membership.view().ring().contains(TestMesh.id(5)))
                    .as("a member that joins learns of the dead one")
                    .isTrue();
        }
    }

    @Test
    void aStoreThatIsAttachedLateGetsWhatWasLearnedBeforeAndGivesWhatItRemembers() {
        TestMember member = mesh.start(0, 1);
        mesh.start(1, 0);
        mesh.runSeconds(5);
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            KnownPeer absent = new KnownPeer(TestMesh.id(5), 3, "10.0.0.5", 7000, List.of(new Token(9, 9)));
            store.savePeer(absent);

            member.membership.attach(store);
            mesh.runSeconds(5);

            assertThat(store.tokens()).isEqualTo(member.tokens);
            assertThat(store.peers())
                    .containsExactly(new KnownPeer(TestMesh.id(1), 1, "10.0.0.1", 7000, mesh.member(1).tokens), absent);
            assertThat(member.membership.view().ring().contains(TestMesh.id(5))).isTrue();
        }
    }

    @Test
    void aFailingStoreIsReportedOnceAndWhatItMissedIsSavedWhenItWorksAgain() {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            Faulty faulty = new Faulty(store);
            List<Token> tokens = TokenAllocator.allocate(16, List.of(), mesh.random);
            TestMember member = mesh.create(0, 1, tokens);
            member.start(List.of(), TestMesh.addresses(1), faulty);
            mesh.start(1, 0);
            faulty.broken = true;
            mesh.runSeconds(10);
            assertThat(member.storeFailures)
                    .singleElement()
                    .satisfies(failure -> assertThat(failure.getMessage()).contains("broken"));

            faulty.broken = false;
            mesh.runSeconds(3);
            assertThat(store.peers()).extracting(KnownPeer::node).containsExactly(TestMesh.id(1));
            faulty.broken = true;
            mesh.start(2, 0);
            mesh.runSeconds(3);
            assertThat(member.storeFailures).hasSize(2);
        }
    }

    @Test
    void heartbeatsAreNotSaved() {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            Faulty counting = new Faulty(store);
            mesh.create(0, 1, List.of(new Token(3, 3))).start(List.of(), TestMesh.addresses(1), counting);
            mesh.start(1, 0);
            mesh.runSeconds(10);
            int saved = counting.saves;
            mesh.runSeconds(300);

            assertThat(counting.saves).isEqualTo(saved).isLessThan(4);
        }
    }

    /** A store whose disk fails on demand. */
    private static final class Faulty implements NodeStore {
        private final NodeStore store;
        boolean broken;
        int saves;

        Faulty(NodeStore store) {
            this.store = store;
        }

        @Override
        public List<Token> tokens() {
            return store.tokens();
        }

        @Override
        public void saveTokens(List<Token> tokens) {
            fail();
            store.saveTokens(tokens);
        }

        @Override
        public List<KnownPeer> peers() {
            return store.peers();
        }

        @Override
        public void savePeer(KnownPeer peer) {
            fail();
            store.savePeer(peer);
        }

        @Override
        public void removePeer(NodeId peer) {
            fail();
            store.removePeer(peer);
        }

        @Override
        public Optional<byte[]> record(String name) {
            return store.record(name);
        }

        @Override
        public void saveRecord(String name, byte[] bytes) {
            fail();
            store.saveRecord(name, bytes);
        }

        @Override
        public void close() {
            store.close();
        }

        private void fail() {
            saves++;
            if (broken) {
                throw new NodeStoreException("the disk is broken");
            }
        }
    }
}
