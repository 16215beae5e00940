package io.kvmesh.membership;

import static io.kvmesh.membership.TestMesh.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.replica.RingFence;
import io.kvmesh.replica.RingFence.Verdict;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Replication;
import io.kvmesh.ring.RingMember;
import io.kvmesh.ring.RingState;
import io.kvmesh.ring.RingState.Phase;
import io.kvmesh.ring.RingState.Standing;
import io.kvmesh.ring.Token;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rings that were founded apart meet, under virtual time. What members have of data they hand over at once here. */
class RingMergeTest {
    private static final long MINUTE = 60 * SECOND;

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 0.0",
        "1, 3, 2, 0.0",
        "3, 1, 3, 0.0",
        "3, 4, 4, 0.0",
        "2, 2, 5, 0.2",
        "5, 5, 6, 0.0",
        "4, 7, 7, 0.2",
        "10, 10, 8, 0.1",
        "2, 1, 9, 0.3",
        "1, 2, 10, 0.3"
    })
    void theYoungerOfTwoRingsGivesWay(int first, int second, long seed, double loss) {
        TestMesh mesh = apart(seed, first, second);
        RingState older = oldest(mesh);

        mesh.loss = loss;
        meet(mesh);

        assertThat(mesh.runUntil(mesh::isSeated, 2 * MINUTE))
                .as(() -> states(mesh))
                .isNotNegative();
        assertThat(ring(mesh, 0).epoch().lineage()).isEqualTo(older.epoch().lineage());
        assertThat(ring(mesh, 0).seats()).hasSize(first + second);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void ofThreeRingsTheOldestStands(long seed) {
        TestMesh mesh = apart(seed, 3, 2, 4);
        RingState older = oldest(mesh);

        meet(mesh);

        assertThat(mesh.runUntil(mesh::isSeated, 2 * MINUTE))
                .as(() -> states(mesh))
                .isNotNegative();
        assertThat(ring(mesh, 0).epoch().lineage()).isEqualTo(older.epoch().lineage());
        assertThat(ring(mesh, 0).seats()).hasSize(9);
    }

    /** It missed the decision, and the others have gone meanwhile. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMemberThatWasAwayFollows(long seed) {
        TestMesh mesh = apart(seed, 3, 3);
        int away = indexesOf(mesh, youngest(mesh)).get(0);

        mesh.cut = isolated(away);
        mesh.runSeconds(120);
        assertThat(standingOf(mesh, away)).as("is still in its ring").isEqualTo(Standing.MEMBER);

        meet(mesh);
        assertThat(mesh.runUntil(mesh::isSeated, 2 * MINUTE))
                .as(() -> states(mesh))
                .isNotNegative();
        assertThat(ring(mesh, 0).seats()).hasSize(6);
    }

    /** Nobody is left of those with whom it was in the ring, and nobody of them is in the older one. */
    @Test
    void aMemberThatWasAwayLearnsFromTheOlderRingThatItsOwnIsNoMore() {
        TestMesh mesh = apart(4, 3, 3);
        List<Integer> younger = indexesOf(mesh, youngest(mesh));
        int away = younger.get(1);
        mesh.cut = isolated(away);
        mesh.runSeconds(60);
        for (int index : younger) {
            if (index != away) {
                mesh.member(index).leave();
                assertThat(mesh.runUntil(() -> standingOf(mesh, index) == null, MINUTE))
                        .isNotNegative();
                mesh.member(index).kill();
            }
        }
        mesh.runSeconds(60);
        assertThat(standingOf(mesh, away)).isEqualTo(Standing.MEMBER);

        meet(mesh);
        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).as(() -> states(mesh)).isNotNegative();
        assertThat(ring(mesh, away).seats()).hasSize(4);
    }

    /** Its data would have nowhere to go. */
    @Test
    void aRingStaysAsItIsWhileTheOlderOneHasNoMajority() {
        TestMesh mesh = apart(5, 3, 3);
        List<Integer> older = indexesOf(mesh, oldest(mesh));
        RingState younger = youngest(mesh);
        mesh.member(older.get(0)).pause(3 * MINUTE);
        mesh.member(older.get(1)).pause(3 * MINUTE);
        mesh.runSeconds(20);

        meet(mesh);
        mesh.runSeconds(120);
        for (int index : indexesOf(mesh, younger)) {
            assertThat(ring(mesh, index).epoch().lineage())
                    .isEqualTo(younger.epoch().lineage());
            assertThat(ring(mesh, index).phase()).isEqualTo(Phase.STEADY);
        }
        mesh.runSeconds(60);
        assertThat(mesh.runUntil(mesh::isSeated, 2 * MINUTE))
                .as(() -> states(mesh))
                .isNotNegative();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void bothChangeWhenTheyMeet(long seed) {
        TestMesh mesh = apart(seed, 3, 3);
        mesh.streams = seed % 2 == 0;
        mesh.start(6, 0);
        mesh.start(7, 3);
        mesh.run(seed * SECOND);
        mesh.streams = true;
        mesh.member(1).leave();
        mesh.member(4).leave();

        meet(mesh);

        assertThat(mesh.runUntil(() -> endThoseWhoLeft(mesh) && mesh.isSeated(), 3 * MINUTE))
                .as(() -> states(mesh))
                .isNotNegative();
        assertThat(ring(mesh, 0).seats()).hasSize(6);
    }

    /** It waits for more members than there are; nothing is stored in it. */
    @Test
    void aRingThatFormsGivesWayToAYoungerOneThatServes() {
        TestMesh mesh = new TestMesh(6);
        mesh.cut = cutAt(2);
        mesh.expectedMembers = 5;
        mesh.start(0, 0, 3);
        mesh.start(1, 0, 3);
        mesh.runSeconds(20);
        mesh.expectedMembers = 2;
        mesh.start(2, 2, 3);
        mesh.start(3, 2, 3);
        mesh.runSeconds(20);
        assertThat(ring(mesh, 2).phase()).isEqualTo(Phase.STEADY);

        meet(mesh);

        assertThat(mesh.runUntil(mesh::isSeated, MINUTE)).as(() -> states(mesh)).isNotNegative();
        assertThat(ring(mesh, 0).seats()).hasSize(4);
    }

    /** As twenty that start together on a bad network sometimes do; here they do it often. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void howeverManyRingsMembersFoundTheyEndInOne(long seed) {
        TestMesh mesh = new TestMesh(seed);
        mesh.expectedMembers = 1 + (int) (seed % 3);
        mesh.loss = 0.4;
        mesh.cut = (from, to, verb) -> (from + to) % 3 == 0;
        for (int i = 0; i < 12; i++) {
            mesh.start(i, i % 4, i / 3);
        }
        mesh.runSeconds(10);
        mesh.loss = 0.1;
        meet(mesh);

        assertThat(mesh.runUntil(mesh::isSeated, 3 * MINUTE))
                .as(() -> states(mesh))
                .isNotNegative();
        assertThat(ring(mesh, 0).seats()).hasSize(12);
    }

    /** At first they hardly see each other, and found several rings. */
    @ParameterizedTest
    @CsvSource({"1, 2", "1, 4", "1, 6", "1, 8", "2, 25"})
    void twentyThatStartOnABadNetworkEndInOneRing(int expected, long seed) {
        TestMesh mesh = new TestMesh(seed);
        mesh.loss = 0.75;
        mesh.expectedMembers = expected;
        mesh.startAll(20);
        mesh.runSeconds(8);
        mesh.loss = 0.3;
        mesh.runSeconds(0.1);
        assertThat(all(mesh).stream()
                        .filter(RingState::isServing)
                        .map(state -> state.epoch().lineage())
                        .distinct())
                .as("rings at first")
                .hasSizeGreaterThan(1);

        assertThat(mesh.runUntil(mesh::isSeated, 2 * MINUTE))
                .as(() -> states(mesh))
                .isNotNegative();
        assertThat(ring(mesh, 0).seats()).hasSize(20);
    }

    /** Who missed a decision must not serve anybody, and nobody must be served who did not. */
    @Test
    void nobodyIsServedByADissolvedRing() {
        RingState older = steady(1, 5);
        RingState younger = steady(2, 6);
        RingState last = younger.dissolvedInto(older);
        RingViews views = RingViews.none(new Partitioner(8), Replication.of(3))
                .then(younger)
                .then(last);
        RingFence fence = new RingFence();
        fence.adopt(younger.epoch(), new long[8]);
        assertThat(fence.admit(3, younger.epoch())).isEqualTo(Verdict.SERVED);

        fence.adopt(views.epoch(), views.changedAt());

        assertThat(fence.admit(3, younger.epoch())).isEqualTo(Verdict.STALE);
        assertThat(fence.admit(3, last.epoch())).isEqualTo(Verdict.STALE);
        assertThat(fence.admit(3, older.epoch())).isEqualTo(Verdict.STALE);
        assertThat(views.ring().replicasOf(3)).isEmpty();

        RingViews moved = views.then(older);
        fence.adopt(moved.epoch(), moved.changedAt());
        assertThat(fence.admit(3, younger.epoch())).isEqualTo(Verdict.STALE);
        assertThat(fence.admit(3, last.epoch())).isEqualTo(Verdict.STALE);
    }

    private static RingState steady(long lineage, long foundedMicros) {
        RingMember member = new RingMember(TestMesh.id((int) lineage), 1, "dc", "r", List.of(new Token(lineage, 0)));
        return RingState.forming(lineage, foundedMicros, Replication.of(3), member)
                .formed(List.of(member));
    }

    /** At every moment the states that members know are those of a few histories, and nobody goes to a younger ring. */
    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28})
    void eachRingHasOneHistoryAndMembersOnlyGoToOlderOnes(long seed) {
        TestMesh mesh = apart(seed, 3, 3, 2);
        mesh.expectedMembers = 2;
        mesh.loss = 0.15;
        TreeMap<String, String> histories = new TreeMap<>();
        TreeMap<Integer, RingState> last = new TreeMap<>();
        for (int step = 0; step < 200; step++) {
            disturb(mesh, step);
            mesh.runSeconds(1);
            for (TestMember member : mesh.running()) {
                RingState ring = member.membership.view().ringState();
                if (ring != null) {
                    String known = ring.phase() + " " + ring.seats() + " " + ring.successorLineage();
                    String before = histories.putIfAbsent(ring.epoch().toString(), known);
                    assertThat(before).isIn(null, known);
                    RingState earlier = last.put(member.index, ring);
                    assertThat(earlier == null
                                    || earlier.phase() == Phase.FORMING
                                    || earlier.epoch().lineage() == ring.epoch().lineage()
                                    || ring.isOlderThan(earlier))
                            .isTrue();
                }
            }
        }
        mesh.loss = 0;
        meet(mesh);
        assertThat(mesh.runUntil(mesh::isSeated, 3 * MINUTE))
                .as(() -> states(mesh))
                .isNotNegative();
    }

    private static void disturb(TestMesh mesh, int step) {
        int nextIndex = mesh.members.lastKey() + 1;
        switch (mesh.random.nextInt(6)) {
            case 0 -> {
                if (mesh.running().size() < 10) {
                    mesh.start(nextIndex, mesh.random.nextInt(nextIndex));
                }
            }
            case 1 -> {
                int side = mesh.random.nextInt(nextIndex);
                mesh.cut = (from, to, verb) -> (from <= side) != (to <= side);
            }
            case 2, 3 -> mesh.cut = (from, to, verb) -> false;
            default -> {
                if (step % 5 == 0) {
                    mesh.running()
                            .get(mesh.random.nextInt(mesh.running().size()))
                            .pause(mesh.random.nextInt(10) * SECOND);
                }
            }
        }
    }

    /** Rings of so many members each, founded one after the other while none can see another. */
    private static TestMesh apart(long seed, int... sizes) {
        TestMesh mesh = new TestMesh(seed);
        int[] borders = new int[sizes.length];
        int next = 0;
        for (int i = 0; i < sizes.length; i++) {
            borders[i] = next;
            next += sizes[i];
        }
        mesh.cut = cutAt(borders);
        next = 0;
        for (int size : sizes) {
            mesh.expectedMembers = size;
            for (int i = 0; i < size; i++) {
                mesh.start(next + i, borders);
            }
            next += size;
            mesh.runSeconds(15);
        }
        assertThat(mesh.running().stream()
                        .map(member -> member.membership.view().epoch().lineage())
                        .distinct())
                .hasSize(sizes.length);
        mesh.expectedMembers = 2;
        return mesh;
    }

    private static TestMesh.LinkRule cutAt(int... borders) {
        return (from, to, verb) -> {
            for (int border : borders) {
                if ((from < border) != (to < border)) {
                    return true;
                }
            }
            return false;
        };
    }

    private static TestMesh.LinkRule isolated(int member) {
        return (from, to, verb) -> (from == member) != (to == member);
    }

    private static void meet(TestMesh mesh) {
        mesh.cut = (from, to, verb) -> false;
    }

    private static boolean endThoseWhoLeft(TestMesh mesh) {
        for (TestMember member : mesh.running()) {
            if (member.leaving && member.standing() == null) {
                member.kill();
            }
        }
        return true;
    }

    private static RingState oldest(TestMesh mesh) {
        return all(mesh).stream().min(byAge()).orElseThrow();
    }

    private static RingState youngest(TestMesh mesh) {
        return all(mesh).stream().max(byAge()).orElseThrow();
    }

    private static Comparator<RingState> byAge() {
        return (one, other) -> one.epoch().lineage() == other.epoch().lineage() ? 0 : one.isOlderThan(other) ? -1 : 1;
    }

    private static List<RingState> all(TestMesh mesh) {
        return mesh.running().stream()
                .map(member -> member.membership.view().ringState())
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }

    private static List<Integer> indexesOf(TestMesh mesh, RingState ring) {
        return mesh.running().stream()
                .map(member -> member.index)
                .filter(index ->
                        ring(mesh, index).epoch().lineage() == ring.epoch().lineage())
                .toList();
    }

    private static @Nullable Standing standingOf(TestMesh mesh, int index) {
        return mesh.member(index).standing();
    }

    private static RingState ring(TestMesh mesh, int index) {
        return Objects.requireNonNull(mesh.member(index).membership.view().ringState());
    }

    private static String states(TestMesh mesh) {
        return mesh.running().stream()
                .map(member -> member.index + " is " + member.standing() + " in "
                        + member.membership.view().ringState())
                .toList()
                .toString();
    }
}
