package io.kvmesh.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Repairs and hand-overs among a few members, step by step. */
class PartitionRepairTest {
    private static final int PARTITION = 3;
    private static final Key PARIS = RepairMesh.key(PARTITION, "paris");
    private static final Key ROME = RepairMesh.key(PARTITION, "rome");
    private static final Key OSLO = RepairMesh.key(PARTITION, "oslo");

    @TempDir
    private Path directory;

    /** Three members that hold everything, and a fourth that holds nothing. */
    private RepairMesh mesh() throws IOException {
        RepairMesh mesh = new RepairMesh(directory).add(4);
        mesh.ring(RepairMesh.ringOf(mesh.member(0), mesh.member(1), mesh.member(2)), null);
        return mesh;
    }

    private static long mark(RepairMesh.Member member) {
        return member.history.lastBeginMicros(RepairMesh.CITIES.id(), PARTITION);
    }

    @Test
    void allReplicasGetTheNewestAndLearnWhenTheyWereCompared() throws IOException {
        try (RepairMesh mesh = mesh()) {
            mesh.member(0).write(PARIS, RepairMesh.cell("old", 10));
            mesh.member(1).write(PARIS, RepairMesh.cell("new", 20));
            mesh.member(2).write(ROME, RepairMesh.cell("v", 10));
            mesh.member(1).write(OSLO, RepairMesh.cell("v", 10));
            mesh.member(2).write(OSLO, RepairMesh.tombstone(10));
            PartitionRepair.Result result = mesh.repair(mesh.member(0), PARTITION);
            assertThat(result.failure()).isNull();
            assertThat(result.complete()).isTrue();
            for (int i = 0; i < 3; i++) {
                assertThat(mesh.member(i).read(PARIS)).isEqualTo(RepairMesh.cell("new", 20));
                assertThat(mesh.member(i).read(ROME)).isEqualTo(RepairMesh.cell("v", 10));
                assertThat(mesh.member(i).read(OSLO)).isEqualTo(RepairMesh.tombstone(10));
                assertThat(mark(mesh.member(i))).isEqualTo(mesh.nowMicros());
            }
        }
    }

    @Test
    void twoValuesOfOneVersionBecomeTheOneThatWins() throws IOException {
        try (RepairMesh mesh = mesh()) {
            mesh.member(0).write(PARIS, RepairMesh.cell("b", 10));
            mesh.member(1).write(PARIS, RepairMesh.cell("a", 10));
            mesh.member(2).write(PARIS, RepairMesh.cell("c", 10));
            assertThat(mesh.repair(mesh.member(0), PARTITION).complete()).isTrue();
            for (int i = 0; i < 3; i++) {
                assertThat(mesh.member(i).read(PARIS)).isEqualTo(RepairMesh.cell("c", 10));
            }
        }
    }

    @Test
    void aRepairWithoutAReplicaCountsForNobody() throws IOException {
        try (RepairMesh mesh = mesh()) {
            mesh.member(1).write(PARIS, RepairMesh.cell("v", 10));
            mesh.member(2).down = true;
            PartitionRepair.Result result = mesh.repair(mesh.member(0), PARTITION);
            assertThat(result.failure()).isNull();
            assertThat(result.complete()).isFalse();
            assertThat(mesh.member(0).read(PARIS)).isEqualTo(RepairMesh.cell("v", 10));
            for (int i = 0; i < 3; i++) {
                assertThat(mark(mesh.member(i))).isEqualTo(RepairHistory.NEVER);
            }
        }
    }

    @Test
    void aComparisonSeesWhatWasWrittenSinceOneThatDidNotCount() throws IOException {
        try (RepairMesh mesh = mesh()) {
            mesh.member(0).write(ROME, RepairMesh.cell("v", 10));
            mesh.member(1).write(ROME, RepairMesh.cell("v", 10));
            mesh.member(2).down = true;
            assertThat(mesh.repair(mesh.member(0), PARTITION).complete()).isFalse();
            mesh.member(2).down = false;
            mesh.pass(1);
            mesh.member(1).write(PARIS, RepairMesh.cell("new", 20));
            assertThat(mesh.repair(mesh.member(0), PARTITION).complete()).isTrue();
            assertThat(mesh.member(0).read(PARIS)).isEqualTo(RepairMesh.cell("new", 20));
            assertThat(mesh.member(2).read(PARIS)).isEqualTo(RepairMesh.cell("new", 20));
        }
    }

    @Test
    void aRepairWhileThePartitionMovesCountsForNobody() throws IOException {
        try (RepairMesh mesh = mesh()) {
            mesh.ring(
                    RepairMesh.ringOf(mesh.member(0), mesh.member(1), mesh.member(2)),
                    RepairMesh.ringOf(mesh.member(0), mesh.member(1), mesh.member(3)));
            assertThat(mesh.repair(mesh.member(0), PARTITION).complete()).isFalse();
            assertThat(mark(mesh.member(1))).isEqualTo(RepairHistory.NEVER);
        }
    }

    @Test
    void onlyDeletionsThatWereOldWhenAllWereComparedMayBeForgotten() throws IOException {
        try (RepairMesh mesh = mesh()) {
            RepairMesh.Member member = mesh.member(1);
            ForgettableDeletions forgettable = new ForgettableDeletions(member.history, member::view, epoch -> true);
            assertThat(forgettable.repairedUntilMicros(RepairMesh.CITIES.id(), PARTITION, PARTITION))
                    .isEqualTo(Long.MIN_VALUE);
            mesh.repair(mesh.member(0), PARTITION);
            long untilMicros = mesh.nowMicros() - RepairMesh.GC_GRACE_MICROS;
            assertThat(forgettable.repairedUntilMicros(RepairMesh.CITIES.id(), PARTITION, PARTITION))
                    .isEqualTo(untilMicros);
            assertThat(forgettable.repairedUntilMicros(RepairMesh.CITIES.id(), PARTITION, PARTITION + 1))
                    .as("the next partition was not repaired")
                    .isEqualTo(Long.MIN_VALUE);
            RepairMesh.Member outside = mesh.member(3);
            assertThat(new ForgettableDeletions(outside.history, outside::view, epoch -> true)
                            .repairedUntilMicros(RepairMesh.CITIES.id(), PARTITION, PARTITION))
                    .as("it does not know yet what it holds")
                    .isEqualTo(Long.MIN_VALUE);
        }
    }

    @Test
    void aHandOverGivesReplicasWhatTheyLackAndTakesNothing() throws IOException {
        try (RepairMesh mesh = mesh()) {
            RepairMesh.Member leaving = mesh.member(3);
            leaving.write(PARIS, RepairMesh.cell("new", 20));
            leaving.write(ROME, RepairMesh.cell("old", 10));
            mesh.member(0).write(PARIS, RepairMesh.cell("old", 10));
            mesh.member(1).write(ROME, RepairMesh.cell("new", 20));
            HandOver.Result result = mesh.handOver(leaving, PARTITION);
            assertThat(result.failure()).isNull();
            assertThat(result.withheld()).isZero();
            for (int i = 0; i < 3; i++) {
                assertThat(mesh.member(i).read(PARIS)).isEqualTo(RepairMesh.cell("new", 20));
                assertThat(mesh.member(i).read(ROME))
                        .isEqualTo(RepairMesh.cell(i == 1 ? "new" : "old", i == 1 ? 20 : 10));
                assertThat(mark(mesh.member(i))).isEqualTo(RepairHistory.NEVER);
            }
            assertThat(leaving.read(ROME)).isEqualTo(RepairMesh.cell("old", 10));
        }
    }

    @Test
    void aHandOverFailsUnlessAllReplicasAgree() throws IOException {
        try (RepairMesh mesh = mesh()) {
            mesh.member(3).write(PARIS, RepairMesh.cell("v", 20));
            mesh.member(1).down = true;
            assertThat(mesh.handOver(mesh.member(3), PARTITION).failure()).contains("is not connected");
            mesh.member(1).down = false;
            assertThat(mesh.handOver(mesh.member(0), PARTITION).failure()).contains("has to stay");
            assertThat(mesh.handOver(mesh.member(3), PARTITION).failure()).isNull();
        }
    }

    @Test
    void aHandOverDoesNotBringBackWhatReplicasHaveForgotten() throws IOException {
        try (RepairMesh mesh = mesh()) {
            long oldMicros = mesh.nowMicros();
            mesh.member(3).write(PARIS, RepairMesh.cell("deleted by all others", oldMicros));
            mesh.pass(2 * RepairMesh.GC_GRACE_MICROS);
            mesh.member(3).write(ROME, RepairMesh.cell("newer", mesh.nowMicros()));
            assertThat(mesh.repair(mesh.member(0), PARTITION).complete()).isTrue();
            HandOver.Result result = mesh.handOver(mesh.member(3), PARTITION);
            assertThat(result).isEqualTo(new HandOver.Result(3, 1, null));
            for (int i = 0; i < 3; i++) {
                assertThat(mesh.member(i).read(PARIS)).isNull();
                assertThat(mesh.member(i).read(ROME)).isNotNull();
            }
        }
    }

    @Test
    void whatComesFromAnotherRingIsGivenHoweverOldItIs() throws IOException {
        try (RepairMesh mesh = mesh()) {
            mesh.member(3).write(PARIS, RepairMesh.cell("nobody here ever had it", mesh.nowMicros()));
            mesh.member(3).write(ROME, RepairMesh.cell("old", mesh.nowMicros()));
            mesh.pass(2 * RepairMesh.GC_GRACE_MICROS);
            mesh.member(0).write(ROME, RepairMesh.tombstone(mesh.nowMicros()));
            assertThat(mesh.repair(mesh.member(0), PARTITION).complete()).isTrue();

            HandOver.Result result = mesh.handOver(mesh.member(3), PARTITION, HandOver.Origin.OTHER_RING);

            assertThat(result).isEqualTo(new HandOver.Result(3, 0, null));
            for (int i = 0; i < 3; i++) {
                assertThat(mesh.member(i).read(PARIS)).isEqualTo(mesh.member(3).read(PARIS));
                assertThat(Objects.requireNonNull(mesh.member(i).read(ROME)).isTombstone())
                        .as("the newer one stands")
                        .isTrue();
            }
        }
    }

    @Test
    void whatComesFromAnotherRingIsGivenToThoseWhoAreThereAndHandedOverOnceAllAre() throws IOException {
        try (RepairMesh mesh = mesh()) {
            mesh.member(3).write(PARIS, RepairMesh.cell("v", 20));
            mesh.member(1).down = true;

            HandOver.Result offered = mesh.handOver(mesh.member(3), PARTITION, HandOver.Origin.OTHER_RING);

            assertThat(offered.withTheLiving()).isTrue();
            assertThat(offered.pushed()).isEqualTo(2);
            assertThat(offered.failure()).isEqualTo("member " + mesh.member(1).id() + " is not alive");
            assertThat(mesh.member(0).read(PARIS)).isEqualTo(RepairMesh.cell("v", 20));
            assertThat(mesh.member(2).read(PARIS)).isEqualTo(RepairMesh.cell("v", 20));
            assertThat(mesh.handOver(mesh.member(3), PARTITION).withTheLiving())
                    .as("what is of this ring waits for all")
                    .isFalse();

            mesh.member(1).down = false;
            assertThat(mesh.handOver(mesh.member(3), PARTITION, HandOver.Origin.OTHER_RING))
                    .isEqualTo(new HandOver.Result(1, 0, null));
            assertThat(mesh.member(1).read(PARIS)).isEqualTo(RepairMesh.cell("v", 20));
        }
    }

    @Test
    void whatComesFromAnotherRingWaitsForSomebodyToGiveItTo() throws IOException {
        try (RepairMesh mesh = mesh()) {
            mesh.member(3).write(PARIS, RepairMesh.cell("v", 20));
            for (int i = 0; i < 3; i++) {
                mesh.member(i).down = true;
            }
            HandOver.Result result = mesh.handOver(mesh.member(3), PARTITION, HandOver.Origin.OTHER_RING);
            assertThat(result.failure()).contains("none of its replicas is alive");
            assertThat(result.withTheLiving()).isFalse();
        }
    }

    @Test
    void aMemberThatDoesNotHoldThePartitionRefuses() throws IOException {
        try (RepairMesh mesh = mesh()) {
            List<String> failures = new ArrayList<>();
            Comparison.start(
                    mesh.member(0).seams,
                    mesh.member(0).history,
                    RepairMesh.CITIES,
                    PARTITION,
                    List.of(mesh.member(3).id()),
                    Comparison.Mode.BOTH_WAYS,
                    compared -> failures.add("none"),
                    failures::add);
            mesh.scheduler.runAll();
            assertThat(failures).singleElement().asString().contains("does not hold partition " + PARTITION);
        }
    }

    @Test
    void manyDifferencesTakeSeveralWindows() throws IOException {
        try (RepairMesh mesh = mesh()) {
            for (int i = 0; i < 6_000; i++) {
                Cell cell = RepairMesh.cell("v" + i, 10 + i);
                mesh.member(i % 3).write(RepairMesh.key(PARTITION, "key " + i), cell);
            }
            assertThat(mesh.repair(mesh.member(1), PARTITION).complete()).isTrue();
            for (int i = 0; i < 6_000; i++) {
                Key key = RepairMesh.key(PARTITION, "key " + i);
                assertThat(mesh.member((i + 1) % 3).read(key)).isEqualTo(RepairMesh.cell("v" + i, 10 + i));
                assertThat(mesh.member((i + 2) % 3).read(key)).isNotNull();
            }
            long before = mesh.member(1).sentBytes;
            assertThat(mesh.repair(mesh.member(1), PARTITION).fetched()).isZero();
            assertThat(mesh.member(1).sentBytes - before).isLessThan(1_000);
        }
    }
}
