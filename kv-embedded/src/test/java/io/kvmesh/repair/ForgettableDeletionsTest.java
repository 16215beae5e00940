package io.kvmesh.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.Key;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member forgets no deletion that the ring's replicas may lack, also where it holds nothing any more. */
class ForgettableDeletionsTest {
    private static final int PARTITION = 3;
    private static final Key PARIS = RepairMesh.key(PARTITION, "paris");
    private static final long WRITTEN_MICROS = 10;

    @TempDir
    private Path directory;

    /**
     * Members 0 to 2 hold everything and have the value, and only the first one has its deletion. Then the ring gives
     * all to members 1 to 3, and the first one stays in it with nothing.
     */
    private RepairMesh meshWhoseFirstMemberLosesAll() throws IOException {
        RepairMesh mesh = new RepairMesh(directory).add(4);
        mesh.ring(RepairMesh.ringOf(mesh.member(0), mesh.member(1), mesh.member(2)), null);
        for (int i = 0; i < 4; i++) {
            mesh.member(i).write(PARIS, RepairMesh.cell("deleted", WRITTEN_MICROS));
        }
        mesh.member(0).write(PARIS, RepairMesh.tombstone(WRITTEN_MICROS + 1));
        mesh.ring(RepairMesh.ringOf(mesh.member(1), mesh.member(2), mesh.member(3), mesh.member(0)), null);
        return mesh;
    }

    private static GivingUp givingUp(RepairMesh.Member member) {
        GivingUp givingUp = new GivingUp(member.seams, member.history, () -> HandOver.Origin.THIS_RING, () -> {});
        member.engine.repairedUntil(new ForgettableDeletions(member.history, member::view, givingUp::isNothingLeft));
        return givingUp;
    }

    private static long forgettable(RepairMesh.Member member, GivingUp givingUp) {
        return new ForgettableDeletions(member.history, member::view, givingUp::isNothingLeft)
                .repairedUntilMicros(RepairMesh.CITIES.id(), PARTITION, PARTITION);
    }

    /** So many tables that they are merged. */
    private static void mergeTables(RepairMesh mesh, RepairMesh.Member member) {
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 40; i++) {
                member.write(RepairMesh.key(PARTITION, "other " + i), RepairMesh.cell("v" + round, 100 + round));
            }
            member.engine.flush();
            mesh.scheduler.runOffered();
        }
        assertThat(member.engine.info().compactions().finishedCount()).isPositive();
    }

    @Test
    void aMergeBeforeTheHandOverDoesNotForgetADeletionThatOthersMissed() throws IOException {
        try (RepairMesh mesh = meshWhoseFirstMemberLosesAll()) {
            RepairMesh.Member loser = mesh.member(0);
            GivingUp givingUp = givingUp(loser);
            mesh.pass(Duration.ofDays(20).toNanos() / 1_000);
            mergeTables(mesh, loser);

            givingUp.onView(loser.view());
            mesh.scheduler.runAll();

            for (int i = 1; i < 4; i++) {
                assertThat(mesh.member(i).read(PARIS)).isEqualTo(RepairMesh.tombstone(WRITTEN_MICROS + 1));
            }
            assertThat(loser.read(PARIS)).isNull();
        }
    }

    @Test
    void whereNothingIsLeftThereIsNothingToKeep() throws IOException {
        try (RepairMesh mesh = meshWhoseFirstMemberLosesAll()) {
            RepairMesh.Member loser = mesh.member(0);
            GivingUp givingUp = givingUp(loser);
            assertThat(forgettable(loser, givingUp)).as("nobody has looked").isEqualTo(Long.MIN_VALUE);

            givingUp.onView(loser.view());
            mesh.scheduler.runAll();
            assertThat(forgettable(loser, givingUp))
                    .as("handed over and dropped")
                    .isEqualTo(Long.MAX_VALUE);

            mesh.ring(RepairMesh.ringOf(mesh.member(2), mesh.member(1), mesh.member(3), mesh.member(0)), null);
            assertThat(forgettable(loser, givingUp)).as("the ring changed").isEqualTo(Long.MIN_VALUE);
        }
    }
}
