package io.kvmesh.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DiskLossesTest {
    private static final List<Integer> REPLICAS = List.of(0, 1, 2);

    private final Calls calls = new Calls();
    private final DiskLosses losses = calls.losses;
    private final Operation write = calls.write(3, 4);

    @Test
    void nothingIsLostAtFirst() {
        assertThat(losses.isBeyondPower()).isFalse();
        assertThat(lostBy(9)).isZero();
    }

    @Test
    void anEmptyReplicaForgetsAndItsReplacementMayDisplaceAnother() {
        losses.emptied(1, at(5));

        assertThat(losses.isBeyondPower()).isTrue();
        assertThat(lostBy(4)).isZero();
        assertThat(lostBy(9)).isEqualTo(2);
    }

    @Test
    void theReplacementOfAnyMemberMayDisplaceAReplica() {
        losses.emptied(7, at(5));
        losses.emptied(7, at(6));

        assertThat(lostBy(9)).isEqualTo(2);
    }

    @Test
    void aReplacementDisplacesForWritesUntilAllKnowIt() {
        losses.emptied(1, at(2));
        assertThat(lostBy(9)).isEqualTo(1);

        losses.ringSettled(at(3));
        assertThat(lostBy(9)).isEqualTo(1);
    }

    @Test
    void aReplacementThatAllKnowDisplacesNoMore() {
        losses.emptied(1, at(1));
        losses.ringSettled(at(2));
        assertThat(lostBy(9)).isZero();

        // A ring that settled before says nothing of the next replacement.
        losses.emptied(2, at(2));
        assertThat(lostBy(9)).isEqualTo(1);
    }

    @Test
    void aReplicaWithDamagedTablesIsMissedOnlyWhereNoOtherHadTheVersion() {
        losses.damagedTables(1, at(5));

        assertThat(losses.isBeyondPower()).isFalse();
        assertThat(lostBy(9)).isZero();
        assertThat(losses.count(REPLICAS, 1, write, at(9))).isEqualTo(1);

        losses.damaged(1, at(6));
        assertThat(lostBy(9)).as("it is one member").isEqualTo(1);

        losses.damaged(2, at(7));
        assertThat(lostBy(9)).isEqualTo(2);
    }

    @Test
    void whatAnotherReplicaForgotIsNotRepairedFromThere() {
        losses.damagedTables(1, at(5));
        losses.damaged(2, at(6));

        assertThat(lostBy(9)).isEqualTo(2);
        assertThat(losses.count(REPLICAS, 3, write, at(9))).isEqualTo(1);
    }

    @Test
    void aDamagedReplicaIsNeverTrustedAgain() {
        losses.damaged(2, at(1));

        assertThat(lostBy(1)).isEqualTo(1);
        losses.damaged(2, at(5));
        assertThat(lostBy(9)).isEqualTo(1);
    }

    @Test
    void aLossOfPowerTakesWhatWasNotSynced() {
        losses.lostPower(0, at(5), at(4), false);
        assertThat(lostBy(9)).isEqualTo(1);
        assertThat(losses.isBeyondPower()).isFalse();

        losses.lostPower(1, at(8), at(5), false);
        assertThat(lostBy(9)).isEqualTo(1);
    }

    @Test
    void aLossOfPowerBeforeTheWriteTakesNothing() {
        losses.lostPower(0, at(2), at(1), false);

        assertThat(lostBy(9)).isZero();
    }

    @Test
    void whatIsSyncedBeforeItIsAcknowledgedIsLostOnlyWhereAReadKnewOfIt() {
        Operation read = calls.read(4, 6, write);
        losses.lostPower(0, at(5), at(0), true);

        assertThat(lostBy(9)).isZero();
        assertThat(losses.count(REPLICAS, 2, read, at(9))).isEqualTo(1);
    }

    private int lostBy(long second) {
        return losses.count(REPLICAS, 2, write, at(second));
    }

    private static long at(long second) {
        return second * Calls.SECOND;
    }
}
