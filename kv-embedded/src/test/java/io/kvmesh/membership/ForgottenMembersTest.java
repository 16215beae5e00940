package io.kvmesh.membership;

import static io.kvmesh.membership.TestMesh.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.MemberState;
import io.kvmesh.membership.Departures.Departure;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.metadata.sqlite.SqliteNodeStore;
import io.kvmesh.ring.RingState.Standing;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Members that are dead and have no seat are forgotten after a time, and nobody revives them but themselves. */
class ForgottenMembersTest {
    private static final long MINUTE = 60 * SECOND;
    private static final long FORGET_AFTER = 2 * MINUTE;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"1, 0.0", "2, 0.0", "3, 0.1"})
    void manyMoreMembersThanTheBoundComeAndGo(long seed, double loss) {
        TestMesh mesh = new TestMesh(seed);
        mesh.membersMax = 6;
        mesh.startAll(3);
        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
        mesh.loss = loss;
        for (int i = 3; i < 30; i++) {
            mesh.start(i, 0, 1);
            assertThat(mesh.runUntil(mesh::isSeated, 2 * MINUTE))
                    .as("member %d", i)
                    .isNotNegative();
            leave(mesh, i);
        }
        for (TestMember member : mesh.running()) {
            assertThat(member.membership.view().members()).hasSize(6);
        }
    }

    @Test
    void membersThatAreAliveOrHaveSeatsDoNotMakeRoom() {
        TestMesh mesh = new TestMesh(1);
        mesh.membersMax = 3;
        mesh.startAll(3);
        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
        mesh.member(2).kill();
        mesh.runSeconds(30);

        mesh.start(3, 0);
        mesh.runSeconds(60);

        assertThat(mesh.member(0).stateOf(2)).isEqualTo(MemberState.DEAD);
        assertThat(mesh.member(0).stateOf(3)).isNull();
    }

    @Test
    void whoLeftIsForgottenAfterAWhileAndWhoHasASeatIsNot() {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            TestMesh mesh = seated(5, 1, store);
            leave(mesh, 4);
            mesh.member(3).kill();
            mesh.run(FORGET_AFTER / 2);
            assertThat(mesh.allOthersSee(4, MemberState.DEAD)).isTrue();
            mesh.run(FORGET_AFTER);

            for (TestMember member : mesh.running()) {
                assertThat(member.stateOf(4)).isNull();
                assertThat(member.stateOf(3)).isEqualTo(MemberState.DEAD);
            }
            assertThat(saved(store)).containsExactly(1, 2, 3);
        }
    }

    @Test
    void whoComesLaterIsNotToldOfThoseWhoDeparted() {
        TestMesh mesh = seated(4, 2, null);
        leave(mesh, 3);
        mesh.runSeconds(30);
        assertThat(mesh.member(0).stateOf(3)).isEqualTo(MemberState.DEAD);

        TestMember comer = mesh.start(4, 0);
        mesh.runSeconds(30);

        assertThat(comer.standing()).isEqualTo(Standing.MEMBER);
        assertThat(comer.transitions).noneMatch(change -> change.startsWith("3:"));
    }

    /** It stood still meanwhile, and takes the one that left for alive, and so tells of it. */
    @ParameterizedTest
    @CsvSource({"1, 0.0", "2, 0.0", "3, 0.2"})
    void aMemberThatStoodStillDoesNotReviveWhoWasForgotten(long seed, double loss) {
        TestMesh mesh = seated(5, seed, null);
        giveUpSeat(mesh, 4);
        mesh.loss = loss;
        mesh.member(3).pause(5 * FORGET_AFTER);
        goAway(mesh, 4);
        mesh.run(2 * FORGET_AFTER);
        assertThat(mesh.member(0).stateOf(4)).isNull();
        forgetTransitions(mesh);

        mesh.run(5 * FORGET_AFTER);

        assertThat(mesh.member(3).stateOf(0)).isEqualTo(MemberState.ALIVE);
        for (int i = 0; i < 3; i++) {
            assertThat(mesh.member(i).transitions).noneMatch(change -> change.startsWith("4:"));
        }
        assertThat(mesh.member(3).stateOf(4)).as("forgotten there as well").isNull();
    }

    /** The other side of a split still hears whom this side has taken out and forgotten, until it dies there too. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theOtherSideOfASplitDoesNotReviveWhoDiedThere(long seed) {
        TestMesh mesh = new TestMesh(seed);
        mesh.removeAfterNanos = MINUTE;
        mesh.forgetAfterNanos = FORGET_AFTER;
        mesh.startAll(6);
        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
        giveUpSeat(mesh, 5);
        mesh.cut = (from, to, verb) -> (from < 4) != (to < 4);
        mesh.run(5 * FORGET_AFTER);
        assertThat(mesh.member(0).stateOf(4)).isNull();
        assertThat(mesh.member(4).stateOf(5)).isEqualTo(MemberState.ALIVE);
        goAway(mesh, 5);
        forgetTransitions(mesh);
        mesh.cut = (from, to, verb) -> false;

        mesh.run(3 * FORGET_AFTER);

        for (int i = 0; i < 4; i++) {
            assertThat(mesh.member(i).transitions).noneMatch(change -> change.startsWith("5:"));
            assertThat(mesh.member(i).stateOf(4)).isEqualTo(MemberState.ALIVE);
        }
        assertThat(mesh.member(4).standing()).isEqualTo(Standing.MEMBER);
        assertThat(mesh.member(4).stateOf(5)).isNull();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aMemberThatWasDownAndRemembersRevivesNobody(long seed) {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            TestMesh mesh = seated(6, seed, store);
            giveUpSeat(mesh, 5);
            mesh.member(0).kill();
            goAway(mesh, 5);
            mesh.run(2 * FORGET_AFTER);
            assertThat(saved(store)).contains(5);
            forgetTransitions(mesh);

            TestMember restarted = mesh.restart(0, store);
            mesh.run(FORGET_AFTER / 2);
            assertThat(restarted.stateOf(5)).isEqualTo(MemberState.DEAD);
            mesh.run(FORGET_AFTER);

            for (int i = 1; i < 5; i++) {
                assertThat(mesh.member(i).transitions).noneMatch(change -> change.startsWith("5:"));
            }
            assertThat(restarted.stateOf(5)).isNull();
            assertThat(saved(store)).containsExactly(1, 2, 3, 4);
        }
    }

    /** As with a deployment every day: each run is too short to forget anybody by itself. */
    @Test
    void aMemberThatIsRestartedAgainAndAgainForgetsToo() {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            TestMesh mesh = seated(4, 5, store);
            leave(mesh, 3);
            mesh.runSeconds(20);
            for (int restarts = 0; restarts < 4; restarts++) {
                mesh.member(0).kill();
                mesh.restart(0, store);
                mesh.run(FORGET_AFTER / 3);
            }
            assertThat(mesh.member(0).stateOf(3)).isNull();

            mesh.member(0).kill();
            TestMember restarted = mesh.restart(0, store);
            mesh.run(FORGET_AFTER);

            assertThat(restarted.transitions).noneMatch(change -> change.startsWith("3:"));
            assertThat(saved(store)).containsExactly(1, 2);
        }
    }

    @Test
    void aMemberThatStartsAgainIsTakenInAndGetsASeat() {
        TestMesh mesh = seated(4, 6, null);
        leave(mesh, 3);
        mesh.run(2 * FORGET_AFTER);
        assertThat(mesh.member(0).stateOf(3)).isNull();

        mesh.restart(3, null, 0);

        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
        assertThat(mesh.runUntil(mesh::isConverged, MINUTE)).isNotNegative();
        assertThat(mesh.member(1).generationOf(3)).isEqualTo(2);
    }

    /** Its run is the one that was forgotten, so nobody believes others about it, but all meet it themselves. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMemberThatWasCutOffForLongComesBack(long seed) {
        TestMesh mesh = new TestMesh(seed);
        mesh.removeAfterNanos = MINUTE;
        mesh.forgetAfterNanos = FORGET_AFTER;
        mesh.startAll(5);
        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
        mesh.cut = (from, to, verb) -> (from == 4) != (to == 4);
        mesh.run(10 * MINUTE);
        assertThat(mesh.member(0).stateOf(4)).isNull();

        mesh.cut = (from, to, verb) -> false;

        assertThat(mesh.runUntil(mesh::isConverged, MINUTE)).isNotNegative();
        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
    }

    @Test
    void aDamagedListOfDepartedMembersIsReported() {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            RingRecords records = new RingRecords(store);
            Departure departure = new Departure(TestMesh.peer(3, 7), 1_000);
            records.saveDepartures(List.of(departure));
            assertThat(records.load().departures()).containsExactly(departure);

            byte[] bytes = store.record(RingRecords.DEPARTED).orElseThrow();
            bytes[bytes.length - 1]++;
            store.saveRecord(RingRecords.DEPARTED, bytes);

            assertThatThrownBy(records::load)
                    .isInstanceOf(NodeStoreException.class)
                    .hasMessageContaining("departed members");
        }
    }

    @Test
    void timeAndBoundAreChecked() {
        MembershipConfig config = MembershipConfig.of(SECOND, 8);

        assertThatThrownBy(() -> config.forgettingAfter(0)).hasMessageContaining("forgetAfterNanos 0 must be positive");
        assertThatThrownBy(() -> config.knowingAtMost(0)).hasMessageContaining("membersMax 0 must be 1 to 10000");
        assertThatThrownBy(() -> config.knowingAtMost(10_001)).hasMessageContaining("membersMax 10001 must be");
    }

    /** Members 0 to count - 1, of which the first one has the store, with their seats. */
    private static TestMesh seated(int count, long seed, @Nullable NodeStore store) {
        TestMesh mesh = new TestMesh(seed);
        mesh.forgetAfterNanos = FORGET_AFTER;
        mesh.create(0, 1).start(TestMesh.addresses(0, 1, 2), store);
        for (int i = 1; i < count; i++) {
            mesh.start(i, 0, 1, 2);
        }
        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
        return mesh;
    }

    private static void leave(TestMesh mesh, int index) {
        giveUpSeat(mesh, index);
        goAway(mesh, index);
    }

    private static void giveUpSeat(TestMesh mesh, int index) {
        mesh.member(index).leave();
        assertThat(mesh.runUntil(() -> mesh.member(index).standing() == null, 2 * MINUTE))
                .isNotNegative();
    }

    private static void goAway(TestMesh mesh, int index) {
        mesh.member(index).membership.close();
        mesh.member(index).kill();
    }

    private static void forgetTransitions(TestMesh mesh) {
        mesh.members.values().forEach(member -> member.transitions.clear());
    }

    private static List<Integer> saved(NodeStore store) {
        return store.peers().stream().map(peer -> TestMesh.index(peer.node())).toList();
    }
}
