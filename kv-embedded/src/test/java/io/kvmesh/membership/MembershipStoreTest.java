package io.kvmesh.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.MemberState;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStore.KnownPeer;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.metadata.sqlite.SqliteNodeStore;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.RingState;
import io.kvmesh.ring.Token;
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
    void aMemberThatRestartsKeepsItsSeatAndFindsTheOthersWithoutSeeds() {
        List<Token> tokens;
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            mesh.create(0, 1).start(TestMesh.addresses(1), store);
            mesh.start(1, 0);
            mesh.start(2, 0);
            mesh.runSeconds(20);
            assertThat(mesh.isSeated()).isTrue();
            tokens = mesh.member(0).membership.view().ring().tokensOf(TestMesh.id(0));
            mesh.member(0).kill();
        }
        mesh.runSeconds(30);
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            TestMember restarted = mesh.restart(0, store);
            mesh.run(1);

            assertThat(restarted.membership.view().ring().members()).hasSize(3);
            assertThat(restarted.membership.view().ring().tokensOf(TestMesh.id(0)))
                    .isEqualTo(tokens);
            assertThat(mesh.runUntil(mesh::isConverged, 5 * TestMesh.SECOND)).isNotNegative();
        }
    }

    @Test
    void theRingIsKnownAtOnceAndThoseOfItAreDeadIfTheyStaySilent() {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            mesh.create(0, 1).start(TestMesh.addresses(1), store);
            mesh.start(1, 0);
            mesh.runSeconds(20);
            assertThat(mesh.isSeated()).isTrue();
            mesh.member(0).kill();
            mesh.member(1).kill();
            TestMember member = mesh.restart(0, store);
            mesh.runSeconds(0.1);

            assertThat(member.membership.view().ring().contains(TestMesh.id(1))).isTrue();
            assertThat(member.stateOf(1)).isEqualTo(MemberState.SUSPECT);
            mesh.runSeconds(6);
            assertThat(member.stateOf(1)).isEqualTo(MemberState.DEAD);
            assertThat(member.membership.view().ring().contains(TestMesh.id(1))).isTrue();

            TestMember joiner = mesh.start(2, 0);
            mesh.runSeconds(5);
            assertThat(joiner.membership.view().ring().contains(TestMesh.id(1)))
                    .as("a member that comes learns of the dead one")
                    .isTrue();
        }
    }

    @Test
    void aFailingStoreIsReportedOnceAndWhatItMissedIsSavedWhenItWorksAgain() {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            Faulty faulty = new Faulty(store);
            TestMember member = mesh.create(0, 1);
            member.start(TestMesh.addresses(1), faulty);
            mesh.start(1, 0);
            faulty.broken = true;
            mesh.runSeconds(10);
            assertThat(member.storeFailures)
                    .as("one of the members, one of the ring")
                    .hasSizeBetween(1, 2)
                    .allSatisfy(failure -> assertThat(failure.getMessage()).contains("broken"));

            faulty.broken = false;
            mesh.runSeconds(3);
            assertThat(store.peers()).extracting(KnownPeer::node).containsExactly(TestMesh.id(1));
            assertThat(mesh.runUntil(mesh::isSeated, 10 * TestMesh.SECOND)).isNotNegative();
            int failures = member.storeFailures.size();
            faulty.broken = true;
            mesh.start(2, 0);
            mesh.runSeconds(3);
            assertThat(member.storeFailures.size()).isBetween(failures + 1, failures + 2);
        }
    }

    @Test
    void heartbeatsAreNotSaved() {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            Faulty counting = new Faulty(store);
            mesh.create(0, 1).start(TestMesh.addresses(1), counting);
            mesh.start(1, 0);
            mesh.runSeconds(10);
            int saved = counting.saves;
            mesh.runSeconds(300);

            assertThat(counting.saves).isEqualTo(saved).isLessThan(20);
        }
    }

    /** Nobody else is left of those who were there when the other ring was dissolved. */
    @Test
    void aMemberRemembersAcrossARestartThatAnotherRingIsNoMore() {
        mesh.cut = (from, to, verb) -> (from < 1) != (to < 1);
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            mesh.expectedMembers = 1;
            mesh.create(0, 1).start(TestMesh.addresses(0), store);
            mesh.runSeconds(10);
            mesh.expectedMembers = 3;
            mesh.start(1, 0, 2);
            mesh.start(2, 0, 1);
            mesh.start(3, 0, 1);
            mesh.runSeconds(20);
            mesh.cut = (from, to, verb) -> (from == 3) != (to == 3);
            mesh.runSeconds(60);
            for (int i = 1; i < 3; i++) {
                TestMember leaver = mesh.member(i);
                leaver.leave();
                assertThat(mesh.runUntil(() -> leaver.standing() == null, 60 * TestMesh.SECOND))
                        .isNotNegative();
                leaver.kill();
            }
            mesh.member(0).kill();
        }
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            mesh.restart(0, store, 0);
            mesh.runSeconds(60);
            assertThat(mesh.member(3).standing()).isEqualTo(RingState.Standing.MEMBER);
            mesh.cut = (from, to, verb) -> false;

            assertThat(mesh.runUntil(mesh::isSeated, 60 * TestMesh.SECOND)).isNotNegative();
            assertThat(mesh.running()).hasSize(2);
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
