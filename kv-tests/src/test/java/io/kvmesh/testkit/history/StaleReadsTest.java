package io.kvmesh.testkit.history;

import static io.kvmesh.api.ConsistencyLevel.ALL;
import static io.kvmesh.api.ConsistencyLevel.ONE;
import static io.kvmesh.api.ConsistencyLevel.QUORUM;
import static io.kvmesh.api.ConsistencyLevel.TWO;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.testkit.history.StaleReads.StaleRead;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaleReadsTest {
    private final Calls calls = new Calls();

    @Test
    void aReadSeesTheLastWriteThatEnded() {
        Operation first = calls.write(1, 2);
        Operation second = calls.write(3, 4);
        calls.read(5, 6, second);
        assertNothingStale();

        Operation stale = calls.read(7, 8, first);

        assertStale(stale, second);
    }

    @Test
    void aReadSeesSomethingOnceSomethingWasWritten() {
        calls.readNothing(0, 1);
        Operation write = calls.write(2, 3);

        Operation stale = calls.readNothing(4, 5);

        assertStale(stale, write);
    }

    @Test
    void aReadMaySeeAWriteAtTheSameTimeOrNot() {
        Operation first = calls.write(1, 2);
        Operation second = calls.write(3, 6);
        calls.read(4, 5, first);
        // What ends in the instant in which the read begins is at the same time.
        calls.read(6, 7, first);
        calls.read(6, 7, second);

        assertNothingStale();
    }

    @Test
    void ofTwoWritesAtTheSameTimeEitherMayBeTheLast() {
        Operation first = calls.write(1, 4);
        Operation second = calls.write(2, 3);
        calls.read(5, 6, first);
        calls.read(5, 6, second);

        assertNothingStale();
    }

    @ParameterizedTest
    @CsvSource({
        "ONE, ONE, false",
        "ONE, QUORUM, false",
        "QUORUM, ONE, false",
        "ONE, ALL, true",
        "ALL, ONE, true",
        "TWO, TWO, true",
        "QUORUM, QUORUM, true",
        "THREE, ONE, true"
    })
    void aReadMeetsAWriteWhenTheirLevelsAddUpToMoreThanTheReplicas(
            ConsistencyLevel written, ConsistencyLevel read, boolean found) {
        calls.at(written).write(1, 2);
        calls.at(read).readNothing(3, 4);

        assertThat(stale()).hasSize(found ? 1 : 0);
    }

    @Test
    void whatIsOlderAtOneIsToldByTheClockAlone() {
        Operation first = calls.at(ONE).write(1, 2);
        Operation second = calls.write(4, 5);
        Operation read = calls.at(ALL).read(6, 7, first);
        assertStale(read, second);

        calls.clocksApart(2);
        assertNothingStale();
    }

    @Test
    void stampsOfOneMicrosecondMayRunAheadOfTheClock() {
        History history = new History();
        Operation first = history.called(0, OperationKind.WRITE, "k", ONE, TaggedValue.of("k", 0, 9), 1_000);
        history.returned(first, null, 2_000);
        Operation second = history.called(1, OperationKind.WRITE, "k", ONE, TaggedValue.of("k", 1, 9), 3_000);
        history.returned(second, null, 4_000);
        Operation read = history.called(1, OperationKind.READ, "k", ALL, null, 5_000_000);
        history.returned(read, first.value(), 6_000_000);
        Evidence evidence =
                new Evidence(history, new DiskLosses(), Calls.REPLICAS, Map.of(), 0, Operation.NEVER, EndState.UNKNOWN);

        assertThat(StaleReads.find(evidence, any -> true)).isEmpty();
    }

    @Test
    void clocksFarApartDoNotExcuseAnOrderThatQuorumsKeep() {
        Operation first = calls.clocksApart(100).write(1, 2);
        Operation second = calls.write(3, 4);

        Operation stale = calls.read(5, 6, first);

        assertStale(stale, second);
    }

    @Test
    void aWriteOfUnknownOutcomeMayBecomeVisibleLater() {
        Operation unknown = calls.writeOfUnknownOutcome(1, 2);
        calls.readNothing(3, 4);
        calls.read(5, 6, unknown);

        assertNothingStale();
    }

    @Test
    void aWriteOfUnknownOutcomeKeepsItsStamp() {
        Operation unknown = calls.writeOfUnknownOutcome(1, 2);
        Operation write = calls.write(5, 6);
        Operation read = calls.read(7, 8, unknown);
        assertStale(read, write);

        // With the clocks so far apart, its stamp may be the greater one.
        calls.clocksApart(3);
        assertNothingStale();
    }

    @Test
    void aWriteThatHasNotEndedMayStillBeStamped() {
        Operation open = calls.writeOpen(1);
        calls.write(5, 6);
        calls.read(7, 8, open);

        assertNothingStale();
    }

    @Test
    void aWriteThatFailedNeedNotBeSeen() {
        Operation first = calls.write(1, 2);
        calls.writeOfUnknownOutcome(3, 4);
        calls.writeThatDidNothing(3, 4);
        calls.read(5, 6, first);

        assertNothingStale();
    }

    @Test
    void whatAReadSawIsSeenByTheNextRead() {
        Operation first = calls.write(1, 2);
        Operation unknown = calls.writeOfUnknownOutcome(3, 4);
        calls.read(5, 6, unknown);

        Operation stale = calls.read(7, 8, first);

        assertStale(stale, unknown);
        assertThat(stale().get(0).lines()).hasSize(4);
    }

    @Test
    void whatAReadAtOneSawNeedNotBeSeenAtQuorum() {
        Operation first = calls.write(1, 2);
        Operation unknown = calls.writeOfUnknownOutcome(3, 4);
        calls.at(ONE).read(5, 6, unknown);
        calls.at(QUORUM).read(7, 8, first);

        assertNothingStale();
    }

    @Test
    void aReadThatBeganBeforeAWriteEndedDoesNotProveItOver() {
        // The read asked its replicas before the first write reached them, and saw the first stamp of a write whose
        // clock lags: below the first write until it is stamped again.
        calls.clocksApart(10);
        Operation slow = calls.readOpen(1);
        Operation first = calls.write(1, 2);
        Operation second = calls.writeOpen(3);
        calls.end(slow, second, 4);
        calls.read(5, 6, first);

        assertNothingStale();
    }

    @Test
    void readsDoNotGoBackBetweenWritesAtTheSameTime() {
        Operation first = calls.write(1, 3);
        Operation second = calls.write(2, 20);
        calls.read(4, 5, second);

        Operation stale = calls.read(6, 7, first);

        assertStale(stale, second);
    }

    @Test
    void aWriteThatIsStampedTwiceMayBeSeenAgain() {
        Operation twice = calls.writeOpen(1);
        Operation between = calls.write(2, 3);
        calls.read(1, 2, twice);
        calls.read(4, 5, between);
        calls.read(6, 7, twice);

        assertNothingStale();
    }

    @Test
    void aReadMaySeeNothingAfterADelete() {
        calls.write(1, 2);
        calls.delete(3, 4);
        calls.readNothing(5, 6);
        calls.readNothing(7, 8);

        assertNothingStale();
    }

    @Test
    void aReadMaySeeNothingWhileADeleteGoesOnOrAfterOneOfUnknownOutcome() {
        calls.write(1, 2);
        calls.deleteOfUnknownOutcome(2, 3);
        calls.readNothing(4, 5);
        calls.write(6, 7);
        calls.delete(8, 11);
        calls.readNothing(9, 10);

        assertNothingStale();
    }

    @Test
    void aReadSeesSomethingWhenNoDeleteExplainsNothing() {
        calls.delete(0, 1);
        Operation write = calls.write(2, 3);
        calls.deleteThatDidNothing(4, 5);

        Operation stale = calls.readNothing(6, 7);
        calls.delete(8, 9);

        assertStale(stale, write);
    }

    @Test
    void aDeletedValueDoesNotComeBack() {
        Operation write = calls.write(1, 2);
        Operation delete = calls.delete(3, 4);

        Operation stale = calls.read(5, 6, write);

        assertStale(stale, delete);
    }

    @Test
    void aDeleteOfUnknownOutcomeThatWasSeenIsNotUndone() {
        Operation write = calls.write(1, 2);
        calls.deleteOfUnknownOutcome(3, 4);
        calls.read(5, 6, write);
        Operation nothing = calls.readNothing(7, 8);

        Operation stale = calls.read(9, 10, write);

        assertStale(stale, nothing);
    }

    @Test
    void aWriteAtTheSameTimeAsAReadOfNothingMayBeSeenLater() {
        Operation write = calls.write(1, 4);
        calls.readNothing(2, 3);
        calls.read(5, 6, write);

        assertNothingStale();
    }

    @Test
    void keysHaveNothingToDoWithEachOther() {
        calls.on("a").write(1, 2);
        calls.on("b").readNothing(3, 4);
        calls.readThatFailed(5, 6);

        assertNothingStale();
    }

    @Test
    void valuesThatNobodyWroteAreNotJudged() {
        Operation other = calls.on("a").write(1, 2);
        calls.on("k").write(1, 2);
        calls.read(3, 4, other);
        calls.readText(3, 4, "rubbish");
        // As if the read with this number had written it.
        calls.readText(3, 4, TaggedValue.of("k", 2, 10));

        assertNothingStale();
    }

    @Test
    void lossesUpToTheBudgetExcuseAQuorum() {
        calls.losses.damaged(0, 3 * Calls.SECOND);
        Operation write = calls.write(1, 2);
        calls.readNothing(4, 5);
        assertNothingStale();

        // Two copies less one lost are met by all.
        Operation stale = calls.at(ALL).readNothing(6, 7);
        assertStale(stale, write);
    }

    @Test
    void lossesOfAllCopiesExcuseEvenAReadOfAll() {
        calls.losses.damaged(0, 3 * Calls.SECOND);
        calls.losses.damaged(1, 3 * Calls.SECOND);
        calls.write(1, 2);
        calls.at(ALL).readNothing(4, 5);

        assertNothingStale();
    }

    @Test
    void lossesOfOtherMembersOrAfterTheReadDoNotCount() {
        calls.losses.damaged(7, 3 * Calls.SECOND);
        calls.losses.damaged(0, 9 * Calls.SECOND);
        Operation write = calls.write(1, 2);

        Operation stale = calls.readNothing(4, 5);

        assertStale(stale, write);
    }

    @Test
    void aLossMayUndoTheOrderOfWrites() {
        Operation first = calls.clocksApart(10).write(1, 2);
        calls.losses.damaged(0, 3 * Calls.SECOND);
        calls.at(ALL).write(4, 5);
        // The second write did not meet the first one for sure, and its clock may lag.
        calls.at(TWO).read(6, 7, first);
        assertThat(stale()).hasSize(1);

        calls.losses.damaged(1, 3 * Calls.SECOND);
        assertNothingStale();
    }

    @Test
    void whatAReadSawAfterALossIsHeldAnew() {
        Operation first = calls.write(1, 2);
        Operation second = calls.write(3, 4);
        calls.losses.lostPower(0, 5 * Calls.SECOND, 0, false);
        Operation read = calls.read(6, 7, first);
        assertNothingStale();
        assertThat(read.isDone()).isTrue();
        calls.read(8, 9, second);

        Operation stale = calls.readNothing(10, 11);

        assertStale(stale, first);
    }

    private List<StaleRead> stale() {
        return StaleReads.find(calls.evidence(), read -> true);
    }

    private void assertNothingStale() {
        assertThat(stale()).isEmpty();
    }

    private void assertStale(Operation read, Operation missed) {
        assertThat(stale()).singleElement().satisfies(found -> {
            assertThat(found.read()).isEqualTo(read);
            assertThat(found.missed()).isEqualTo(missed);
        });
    }
}
