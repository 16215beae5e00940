package io.kvmesh.membership;

import static io.kvmesh.membership.TestMesh.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.RingState;
import io.kvmesh.ring.RingState.Phase;
import io.kvmesh.ring.RingState.Standing;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the ring comes to be and changes, under virtual time. What members gain they have at once here. */
class RingStoriesTest {
    private static final long MINUTE = 60 * SECOND;

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 2, 2", "3, 3, 3", "3, 2, 4", "7, 3, 5", "20, 2, 6", "20, 3, 7"})
    void membersThatStartTogetherFoundOneRing(int count, int expected, long seed) {
        TestMesh mesh = new TestMesh(seed);
        mesh.expectedMembers = expected;
        mesh.startAll(count);

        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
        assertThat(ring(mesh, 0).seats()).hasSize(count);
    }

    /** Nobody waits for a round of gossip: those that are expected are seated by what they tell each other at once. */
    @Test
    void threeThatExpectEachOtherAreSeatedInLessThanAHalfSecond() {
        TestMesh mesh = new TestMesh(1);
        mesh.expectedMembers = 3;
        mesh.startAll(3);

        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isBetween(0L, SECOND / 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void oneMemberGrowsToManyWithoutAChangeOfConfiguration(long seed) {
        TestMesh mesh = new TestMesh(seed);
        mesh.expectedMembers = 1;
        mesh.start(0, 0);
        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
        long lineage = ring(mesh, 0).epoch().lineage();
        for (int i = 1; i < 6; i++) {
            mesh.start(i, 0);
            assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
        }
        assertThat(ring(mesh, 5).epoch().lineage()).isEqualTo(lineage);
        assertThat(ring(mesh, 5).seats()).hasSize(6);
        for (int i = 1; i < 6; i++) {
            assertThat(mesh.member(i).gains).as("is told to make room once").hasSizeGreaterThanOrEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 0.0", "2, 0.0", "3, 0.2", "4, 0.2"})
    void severalThatComeAtOnceAreAllSeated(long seed, double loss) {
        TestMesh mesh = seated(3, seed);
        mesh.loss = loss;
        for (int i = 3; i < 7; i++) {
            mesh.start(i, 0);
        }
        assertThat(mesh.runUntil(mesh::isSeated, 2 * MINUTE)).isNotNegative();
        assertThat(ring(mesh, 0).seats()).hasSize(7);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMemberThatLeavesIsOutAndTheOthersKnow(long seed) {
        TestMesh mesh = seated(4, seed);

        mesh.member(0).leave();

        assertThat(mesh.runUntil(() -> mesh.member(0).standing() == null, MINUTE))
                .isNotNegative();
        mesh.member(0).kill();
        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
        assertThat(ring(mesh, 1).seats()).hasSize(3);
    }

    @Test
    void aMemberThatDiesKeepsItsSeatUnlessItIsToBeTakenOut() {
        TestMesh mesh = seated(4, 1);
        mesh.member(2).kill();
        mesh.runSeconds(600);
        assertThat(ring(mesh, 0).standing(TestMesh.id(2))).isEqualTo(Standing.MEMBER);

        mesh.member(3).membership.remove(TestMesh.id(2));

        assertThat(mesh.runUntil(() -> isSeated(mesh, 3), MINUTE)).isNotNegative();
    }

    @Test
    void aMemberThatIsDeadForLongIsTakenOutByItself() {
        TestMesh mesh = new TestMesh(2);
        mesh.removeAfterNanos = 100 * SECOND;
        start(mesh, 4);
        mesh.member(0).kill();
        mesh.runSeconds(90);
        assertThat(ring(mesh, 1).seats()).hasSize(4);

        assertThat(mesh.runUntil(() -> isSeated(mesh, 3), MINUTE)).isNotNegative();
    }

    /** The side that has no majority keeps the ring as it is, however long it is cut off. */
    @Test
    void onlyASideWithAMajorityTakesMembersOut() {
        TestMesh mesh = new TestMesh(3);
        mesh.removeAfterNanos = 60 * SECOND;
        start(mesh, 5);
        RingEpoch before = ring(mesh, 0).epoch();
        mesh.cut = (from, to, verb) -> (from < 1) != (to < 1);
        mesh.runSeconds(300);

        assertThat(ring(mesh, 0).epoch()).isEqualTo(before);
        assertThat(ring(mesh, 0).seats()).hasSize(5);
        assertThat(ring(mesh, 2).seats()).hasSize(4);

        mesh.cut = (from, to, verb) -> false;
        assertThat(mesh.runUntil(() -> isSeated(mesh, 5), MINUTE))
                .as("those that were taken out come back")
                .isNotNegative();
    }

    /** Whoever has the only copies of something may still come back. */
    @Test
    void membersAreNotTakenOutWhenTooFewCopiesAreLeft() {
        TestMesh mesh = new TestMesh(3);
        mesh.removeAfterNanos = 60 * SECOND;
        start(mesh, 5);
        mesh.member(0).kill();
        mesh.member(1).kill();
        mesh.runSeconds(300);

        assertThat(ring(mesh, 2).seats()).hasSize(5);
        assertThat(ring(mesh, 2).phase()).isEqualTo(Phase.STEADY);
    }

    /** The last one of two decides alone, since an operator vouches for the death of the other. */
    @Test
    void oneOfTwoCanBeTakenOutByDecision() {
        TestMesh mesh = seated(2, 4);
        mesh.member(0).kill();
        mesh.runSeconds(60);

        mesh.member(1).membership.remove(TestMesh.id(0));

        assertThat(mesh.runUntil(() -> isSeated(mesh, 1), MINUTE)).isNotNegative();
    }

    /** As when two of three disks are lost: what is left goes on, since somebody vouches that the others are gone. */
    @Test
    void membersWithoutAMajorityGoOnWhenTheOthersAreTakenOutByDecision() {
        TestMesh mesh = seated(3, 7);
        mesh.member(0).kill();
        mesh.member(2).kill();
        mesh.runSeconds(60);
        mesh.start(5, 1);
        mesh.runSeconds(60);
        assertThat(ring(mesh, 1).seats()).hasSize(3);

        mesh.member(1).membership.remove(TestMesh.id(0));
        mesh.member(1).membership.remove(TestMesh.id(2));

        assertThat(mesh.runUntil(() -> isSeated(mesh, 2), MINUTE)).isNotNegative();
    }

    @Test
    void aJoinerThatDiesBeforeItHasWhatItGainsLeavesTheRingAsItWas() {
        TestMesh mesh = seated(3, 5);
        mesh.streams = false;
        mesh.start(3, 0);
        assertThat(mesh.runUntil(() -> ring(mesh, 0).phase() == Phase.STREAMING, MINUTE))
                .isNotNegative();
        mesh.runSeconds(5);
        assertThat(ring(mesh, 2).phase()).isEqualTo(Phase.STREAMING);
        mesh.member(3).kill();

        assertThat(mesh.runUntil(mesh::isSeated, 2 * MINUTE)).isNotNegative();
        assertThat(ring(mesh, 0).seats()).hasSize(3);
        mesh.streams = true;
        mesh.restart(3, null, 0);
        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
        assertThat(ring(mesh, 0).seats()).hasSize(4);
    }

    /** What it waits for may be on the disks that are gone. */
    @Test
    void aJoinerThatWaitsForMembersThatAreGoneIsSeatedOnceTheyAreTakenOut() {
        TestMesh mesh = seated(3, 9);
        mesh.streams = false;
        mesh.start(3, 1);
        assertThat(mesh.runUntil(() -> ring(mesh, 1).phase() == Phase.STREAMING, MINUTE))
                .isNotNegative();
        mesh.member(0).kill();
        mesh.member(2).kill();
        mesh.runSeconds(60);
        // From now on members have what they gain by changes that begin, but the present one waits for good.
        mesh.streams = true;
        mesh.runSeconds(5);
        assertThat(ring(mesh, 1).phase()).isEqualTo(Phase.STREAMING);

        mesh.member(1).membership.remove(TestMesh.id(0));
        mesh.member(1).membership.remove(TestMesh.id(2));

        assertThat(mesh.runUntil(() -> isSeated(mesh, 2), 2 * MINUTE)).isNotNegative();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aMemberThatDiesWhileAnotherJoinsDoesNotHoldItUp(int victim) {
        TestMesh mesh = seated(3, 6);
        mesh.streams = false;
        TestMember joiner = mesh.start(3, victim == 0 ? 1 : 0);
        int observer = victim == 1 ? 2 : 1;
        assertThat(mesh.runUntil(() -> ring(mesh, observer).phase() == Phase.STREAMING, MINUTE))
                .isNotNegative();
        mesh.member(victim).kill();
        mesh.runSeconds(1);
        mesh.streams = true;
        joiner.membership.streamed(ring(mesh, observer).changeNumber());

        assertThat(mesh.runUntil(mesh::isSeated, 2 * MINUTE)).isNotNegative();
        assertThat(ring(mesh, observer).seats()).hasSize(4);
    }

    /** At every moment all members' rings are states of one history: the same number is the same ring. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void noTwoMembersEverKnowDifferentRingsOfTheSameNumber(long seed) {
        TestMesh mesh = seated(5, seed);
        mesh.expectedMembers = 100;
        TreeMap<Long, String> history = new TreeMap<>();
        mesh.loss = 0.15;
        for (int step = 0; step < 300; step++) {
            disturb(mesh, step);
            mesh.runSeconds(1);
            for (TestMember member : mesh.running()) {
                RingState ring = member.membership.view().ringState();
                if (ring != null) {
                    String known = ring.phase() + " " + ring.seats();
                    String before = history.putIfAbsent(ring.epoch().number(), known);
                    assertThat(before).isIn(null, known);
                }
            }
        }
        mesh.loss = 0;
        mesh.cut = (from, to, verb) -> false;
        for (int wait = 0; wait < 300 && !mesh.isSeated(); wait++) {
            mesh.runSeconds(1);
            endThoseWhoLeft(mesh);
        }
        assertThat(mesh.runUntil(mesh::isSeated, MINUTE))
                .as(() -> mesh.running().stream()
                        .map(member -> member.index + " " + member.standing() + " leaving " + member.leaving + ": "
                                + member.membership.view().ringState())
                        .toList()
                        .toString())
                .isNotNegative();
        assertThat(history.size()).isGreaterThan(10);
    }

    private static void disturb(TestMesh mesh, int step) {
        int nextIndex = mesh.members.lastKey() + 1;
        switch (mesh.random.nextInt(8)) {
            case 0 -> {
                if (mesh.running().size() < 8) {
                    mesh.start(
                            nextIndex,
                            mesh.running().stream()
                                    .mapToInt(member -> member.index)
                                    .toArray());
                }
            }
            case 1 -> {
                TestMember leaver =
                        mesh.running().get(mesh.random.nextInt(mesh.running().size()));
                if (mesh.running().size() > 4 && leaver.standing() == Standing.MEMBER) {
                    leaver.leave();
                }
            }
            case 2 -> {
                int side = mesh.random.nextInt(nextIndex);
                mesh.cut = (from, to, verb) -> (from <= side) != (to <= side);
            }
            case 3, 4 -> mesh.cut = (from, to, verb) -> false;
            default -> {
                TestMember paused =
                        mesh.running().get(mesh.random.nextInt(mesh.running().size()));
                if (step % 7 == 0) {
                    paused.pause(mesh.random.nextInt(10) * SECOND);
                }
            }
        }
        endThoseWhoLeft(mesh);
    }

    private static void endThoseWhoLeft(TestMesh mesh) {
        for (TestMember member : mesh.running()) {
            RingState ring = member.membership.view().ringState();
            if (ring != null && member.standing() == null && member.leaving) {
                member.kill();
            }
        }
    }

    private static boolean isSeated(TestMesh mesh, int seats) {
        return mesh.isSeated()
                && ring(mesh, mesh.running().get(0).index).seats().size() == seats;
    }

    private static RingState ring(TestMesh mesh, int index) {
        return Objects.requireNonNull(mesh.member(index).membership.view().ringState());
    }

    private static TestMesh seated(int count, long seed) {
        TestMesh mesh = new TestMesh(seed);
        start(mesh, count);
        return mesh;
    }

    private static void start(TestMesh mesh, int count) {
        mesh.expectedMembers = count;
        mesh.startAll(count);
        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).isNotNegative();
        // What follows is about members of a ring: those that come expect what they find.
        mesh.expectedMembers = 2;
    }
}
