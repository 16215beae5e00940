package io.kvmesh.membership;

import static io.kvmesh.membership.TestMesh.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.MemberState;
import io.kvmesh.transport.Verb;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gossip and failure detection of whole meshes under virtual time. */
class MembershipTest {
    private static final long MINUTE = 60 * SECOND;

    @ParameterizedTest
    @CsvSource({"3, 1", "3, 2", "20, 3", "20, 4"})
    void membersThatStartTogetherFindEachOther(int count, long seed) {
        TestMesh mesh = new TestMesh(seed);
        mesh.startAll(count);

        long took = mesh.runUntil(mesh::isConverged, roundsFor(count));

        assertThat(took).as("nanoseconds until all know all").isNotNegative();
        for (TestMember member : mesh.running()) {
            assertThat(member.membership.view().aliveCount()).isEqualTo(count);
        }
    }

    /** One mesh for the whole story, because a hundred members take their time to simulate. */
    @Test
    void aHundredMembersFindEachOtherBearAPauseAndNoticeADeath() {
        TestMesh mesh = new TestMesh(5);
        mesh.startAll(100);
        assertThat(mesh.runUntil(mesh::isConverged, roundsFor(100))).isNotNegative();
        mesh.runSeconds(20);
        forgetTransitions(mesh);

        mesh.member(42).pause(5 * SECOND / 2);
        mesh.runSeconds(10);
        assertThat(allTransitions(mesh)).isEmpty();

        mesh.member(77).kill();
        assertThat(mesh.runUntil(() -> mesh.allOthersSee(77, MemberState.SUSPECT), MINUTE))
                .isBetween(3 * SECOND, 6 * SECOND);
    }

    /** 2 log2(n) rounds, and three more because members start their rounds at different times. */
    private static long roundsFor(int count) {
        return (long) ((2 * Math.log(count) / Math.log(2) + 3) * SECOND);
    }

    @ParameterizedTest
    @CsvSource({"3, 1", "3, 2", "3, 3", "3, 4", "20, 1", "20, 2"})
    void aKilledMemberIsNoticedEverywhereWithinSixSeconds(int count, long seed) {
        TestMesh mesh = new TestMesh(seed);
        mesh.startAll(count);
        mesh.runSeconds(60);
        assertThat(mesh.isSeated()).isTrue();

        int victim = mesh.random.nextInt(count);
        mesh.member(victim).kill();
        long noticed = mesh.runUntil(() -> mesh.allOthersSee(victim, MemberState.SUSPECT), MINUTE);
        long dead = mesh.runUntil(() -> mesh.allOthersSee(victim, MemberState.DEAD), MINUTE);

        assertThat(noticed).isBetween(3 * SECOND, 6 * SECOND);
        assertThat(dead).isBetween(4 * SECOND, 7 * SECOND);
        for (TestMember member : mesh.running()) {
            assertThat(member.transitions.subList(member.transitions.size() - 2, member.transitions.size()))
                    .isEqualTo(List.of(victim + ":SUSPECT", victim + ":DEAD"));
            assertThat(member.membership.view().ring().contains(TestMesh.id(victim)))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 20})
    void aMemberThatComesBackIsAliveEverywhereWithItsNewGeneration(int count) {
        TestMesh mesh = new TestMesh(count);
        mesh.startAll(count);
        mesh.runSeconds(30);
        mesh.member(1).kill();
        mesh.runSeconds(60);
        assertThat(mesh.allOthersSee(1, MemberState.DEAD)).isTrue();

        mesh.restart(1, null, 0);

        assertThat(mesh.runUntil(mesh::isConverged, roundsFor(count))).isNotNegative();
        assertThat(mesh.member(0).generationOf(1)).isEqualTo(2);
    }

    /** Before anybody noticed that it was gone. */
    @Test
    void aMemberThatRestartsQuicklyIsNeverSuspected() {
        TestMesh mesh = new TestMesh(5);
        mesh.startAll(5);
        mesh.runSeconds(30);
        forgetTransitions(mesh);

        mesh.member(1).kill();
        mesh.runSeconds(1.5);
        mesh.restart(1, null, 0);
        mesh.runSeconds(30);

        assertThat(mesh.isConverged()).isTrue();
        for (int observer : List.of(0, 2, 3, 4)) {
            assertThat(mesh.member(observer).transitions).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"3, 2.0", "3, 2.5", "3, 3.0", "20, 2.0", "20, 2.5", "20, 3.0"})
    void aMemberThatIsPausedForThreeSecondsIsNotSuspected(int count, double seconds) {
        TestMesh mesh = new TestMesh(count);
        mesh.startAll(count);
        mesh.runSeconds(30);
        forgetTransitions(mesh);

        for (int repetition = 0; repetition < 10; repetition++) {
            mesh.member(mesh.random.nextInt(count)).pause((long) (seconds * SECOND));
            mesh.runSeconds(10);
        }

        assertThat(allTransitions(mesh)).isEmpty();
    }

    @Test
    void aMemberThatWasPausedForLongSuspectsNobodyAndComesBack() {
        TestMesh mesh = new TestMesh(9);
        mesh.startAll(5);
        mesh.runSeconds(30);
        forgetTransitions(mesh);

        mesh.member(2).pause(30 * SECOND);
        mesh.runSeconds(29);
        assertThat(mesh.allOthersSee(2, MemberState.DEAD)).isTrue();
        mesh.runSeconds(31);

        assertThat(mesh.isConverged()).isTrue();
        for (TestMember member : mesh.running()) {
            List<String> expected = member.index == 2 ? List.of() : List.of("2:SUSPECT", "2:DEAD", "2:ALIVE");
            assertThat(member.transitions).as("seen by %d", member.index).isEqualTo(expected);
        }
    }

    /**
     * Silence that it slept through is not held against the others, even if they cannot be heard at once afterwards.
     */
    @Test
    void aMemberThatWasPausedAndThenHearsNobodyForAWhileSuspectsNobody() {
        TestMesh mesh = new TestMesh(21);
        mesh.startAll(5);
        mesh.runSeconds(30);
        forgetTransitions(mesh);

        mesh.cut = (from, to, verb) -> to == 2;
        mesh.member(2).pause(7 * SECOND);
        mesh.runSeconds(9);
        mesh.cut = (from, to, verb) -> false;
        mesh.runSeconds(10);

        assertThat(mesh.member(2).transitions).isEmpty();
        assertThat(mesh.isConverged()).isTrue();
    }

    @Test
    void aCutInOneDirectionMakesNobodySuspectAnybody() {
        TestMesh mesh = new TestMesh(10);
        mesh.startAll(3);
        mesh.runSeconds(30);
        forgetTransitions(mesh);

        mesh.cut = (from, to, verb) -> from == 1 && to == 0;
        mesh.runSeconds(300);

        assertThat(allTransitions(mesh)).isEmpty();
    }

    /**
     * One member's gossip does not get out at all, and its link to one other is cut: only pings by third members help.
     */
    @Test
    void pingsThroughOthersKeepAMemberAliveWhoseGossipIsLost() {
        TestMesh mesh = new TestMesh(11);
        mesh.startAll(5);
        mesh.runSeconds(30);
        forgetTransitions(mesh);

        mesh.cut = (from, to, verb) -> from == 1 && (verb != Verb.PING || to == 0);
        mesh.runSeconds(120);

        assertThat(mesh.member(0).transitions).isEmpty();
        assertThat(allTransitions(mesh)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"3, 12", "20, 13", "20, 14"})
    void thirtyPercentLossDelaysButDoesNotConfuse(int count, long seed) {
        TestMesh mesh = new TestMesh(seed);
        mesh.loss = 0.3;
        mesh.startAll(count);
        assertThat(mesh.runUntil(mesh::isConverged, 2 * roundsFor(count))).isNotNegative();
        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
        forgetTransitions(mesh);

        mesh.runSeconds(300);
        // Twenty members watch each other for five minutes. Of twenty seeds twelve see nobody err, and none sees more
        // than two who do, for a moment and alone: all that could have told them of a member for five intervals, pings
        // of their own and through others among it, was lost by chance.
        assertThat(allTransitions(mesh)).hasSizeLessThanOrEqualTo(6).noneMatch(change -> change.contains("DEAD"));

        mesh.member(1).kill();
        assertThat(mesh.runUntil(() -> mesh.allOthersSee(1, MemberState.SUSPECT), MINUTE))
                .isBetween(3 * SECOND, 6 * SECOND);
    }

    @Test
    void aSplitThatHealsEndsWithAllAliveAndTheRingNeverShrinks() {
        TestMesh mesh = new TestMesh(14);
        mesh.startAll(10);
        mesh.runSeconds(30);

        mesh.cut = (from, to, verb) -> (from < 4) != (to < 4);
        mesh.runSeconds(60);
        for (TestMember member : mesh.running()) {
            assertThat(member.membership.view().aliveCount()).isEqualTo(member.index < 4 ? 4 : 6);
            assertThat(member.membership.view().ring().members()).hasSize(10);
        }
        mesh.cut = (from, to, verb) -> false;

        assertThat(mesh.runUntil(mesh::isConverged, 15 * SECOND)).isNotNegative();
    }

    /** Member 3, which had introduced the two sides, is gone, so no seed helps: the sides must look for each other. */
    @Test
    void aSplitHealsWithoutASeedOnTheOtherSide() {
        TestMesh mesh = new TestMesh(22);
        for (int i = 0; i < 3; i++) {
            mesh.start(i, 0);
        }
        for (int i = 4; i < 8; i++) {
            mesh.start(i, 4);
        }
        mesh.start(3, 0, 4);
        assertThat(mesh.runUntil(mesh::isConverged, 10 * SECOND)).isNotNegative();
        mesh.member(3).kill();

        mesh.cut = (from, to, verb) -> (from < 4) != (to < 4);
        mesh.runSeconds(60);
        assertThat(mesh.member(0).stateOf(5)).isEqualTo(MemberState.DEAD);
        mesh.cut = (from, to, verb) -> false;

        assertThat(mesh.runUntil(mesh::isConverged, 15 * SECOND)).isNotNegative();
    }

    @Test
    void twoMeshesThatMeetBecomeOne() {
        TestMesh mesh = new TestMesh(15);
        for (int i = 0; i < 4; i++) {
            mesh.start(i, 0);
        }
        for (int i = 4; i < 8; i++) {
            mesh.start(i, 4);
        }
        mesh.runSeconds(30);
        assertThat(mesh.member(0).membership.view().members()).hasSize(4);
        assertThat(mesh.member(4).membership.view().members()).hasSize(4);

        mesh.start(8, 0, 4);

        assertThat(mesh.runUntil(mesh::isConverged, roundsFor(9))).isNotNegative();
    }

    @Test
    void aMemberThatSaysGoodbyeIsAvoidedAtOnceAndItsRestartIsWelcome() {
        TestMesh mesh = new TestMesh(16);
        mesh.startAll(4);
        mesh.runSeconds(30);

        mesh.member(3).membership.close();
        mesh.member(3).membership.close();
        mesh.runSeconds(0.1);
        assertThat(mesh.allOthersSee(3, MemberState.SUSPECT)).isTrue();
        mesh.member(3).kill();
        mesh.runSeconds(3);
        assertThat(mesh.allOthersSee(3, MemberState.SUSPECT)).isTrue();

        mesh.restart(3, null, 0);
        assertThat(mesh.runUntil(mesh::isConverged, 5 * SECOND)).isNotNegative();
    }

    @Test
    void anAddressOfItsOwnAmongTheSeedsAndASeedThatIsNotThereDoNoHarm() {
        TestMesh mesh = new TestMesh(18);
        mesh.start(0, 0, 1, 77);
        mesh.start(1, 0, 1, 77);

        assertThat(mesh.runUntil(mesh::isConverged, 5 * SECOND)).isNotNegative();
        mesh.runSeconds(60);
        assertThat(mesh.member(0).membership.view().members()).hasSize(2);
    }

    @Test
    void aLaterGenerationOfItselfIsReported() {
        TestMesh mesh = new TestMesh(19);
        mesh.startAll(2);
        mesh.runSeconds(5);
        EndpointState copy = EndpointState.started(
                TestMesh.peer(0, 9), TestMesh.address(5), EndpointStatus.NORMAL, Place.of(16), RingNote.NONE);
        byte[] delta = GossipCodec.encode(new Delta(List.of(copy.deltaSince(0)), List.of()));

        mesh.member(1).sendOneWay(TestMesh.id(0), Verb.GOSSIP_DELTA_BACK, delta);
        mesh.runSeconds(1);

        assertThat(mesh.member(0).superseding).containsExactly(TestMesh.peer(0, 9));
        assertThat(mesh.member(0).generationOf(0)).isEqualTo(1);
    }

    @Test
    void damagedMessagesAreCountedAndChangeNothing() {
        TestMesh mesh = new TestMesh(23);
        mesh.startAll(2);
        mesh.runSeconds(5);
        TestMember member = mesh.member(0);
        ClusterView before = member.membership.view();
        byte[] digest = GossipCodec.encode(new Digest(true, List.of(new DigestEntry(TestMesh.peer(9, 1), 5))));
        int damaged = 0;
        for (Verb verb : List.of(Verb.GOSSIP_DIGEST, Verb.GOSSIP_DELTA, Verb.GOSSIP_DELTA_BACK, Verb.PING)) {
            for (int length = 0; length < digest.length; length++) {
                member.receive(1, TestMesh.peer(1, 1), verb, Arrays.copyOf(digest, length));
                damaged++;
            }
        }
        mesh.runSeconds(5);

        assertThat(member.membership.malformedMessages()).isEqualTo(damaged);
        assertThat(member.membership.view()).isSameAs(before);
    }

    @Test
    void rejectionsAreHandedOn() {
        TestMesh mesh = new TestMesh(20);
        TestMember member = mesh.start(0);

        member.membership.onRejected(TestMesh.address(4), "cluster 'a' is not cluster 'b'");

        assertThat(member.rejections).containsExactly("10.0.0.4:7000 cluster 'a' is not cluster 'b'");
    }

    private static void forgetTransitions(TestMesh mesh) {
        mesh.members.values().forEach(member -> member.transitions.clear());
    }

    private static List<String> allTransitions(TestMesh mesh) {
        return mesh.members.values().stream()
                .flatMap(member -> member.transitions.stream().map(change -> member.index + " sees " + change))
                .toList();
    }
}
