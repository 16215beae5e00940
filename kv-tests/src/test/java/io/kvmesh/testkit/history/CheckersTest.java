package io.kvmesh.testkit.history;

import static io.kvmesh.api.ConsistencyLevel.ALL;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CheckersTest {
    private static final int LENGTH = 20;

    private final Calls calls = new Calls();

    @Test
    void aGoodHistoryPassesAllCheckers() {
        Operation write = calls.write(1, 2);
        calls.read(3, 4, write);
        calls.writeThatDidNothing(3, 4);
        calls.delete(5, 6);
        calls.allIsWellSince(6).at(ALL).readNothing(7, 8);

        for (Checker checker : Checker.all()) {
            assertThat(calls.judgedBy(checker)).as(checker.name()).isEmpty();
        }
        assertThat(Checker.all())
                .extracting(Checker::name)
                .doesNotHaveDuplicates()
                .doesNotContain("KeysAreLinearizable");
    }

    @Test
    void readsReturnWhatWasWritten() {
        Operation write = calls.write(1, 3);
        Operation unknown = calls.writeOfUnknownOutcome(2, 3);
        Operation open = calls.writeOpen(2);
        calls.read(1, 2, write);
        calls.read(4, 5, unknown);
        calls.read(4, 5, open);
        calls.readNothing(4, 5);
        calls.readThatFailed(4, 5);

        assertThat(calls.judgedBy(new ReadsReturnWhatWasWritten())).isEmpty();
    }

    @Test
    void aValueThatNobodyWroteIsFound() {
        Operation write = calls.write(1, 2);
        Operation other = calls.on("other").write(1, 2);
        calls.on("k");
        calls.readText(3, 4, "rubbish");
        calls.readText(3, 4, write.value() + "x");
        calls.readText(3, 4, TaggedValue.of("k", 1_000, LENGTH));
        // Number 2 is a read.
        calls.readText(3, 4, TaggedValue.of("k", 2, LENGTH));
        // The write with this number is of another key.
        calls.readText(3, 4, TaggedValue.of("k", other.number(), LENGTH));
        // Cut off where the padding still fits.
        calls.readText(3, 4, String.valueOf(write.value()).substring(0, LENGTH - 1));
        calls.read(3, 4, other);

        assertThat(calls.judgedBy(new ReadsReturnWhatWasWritten()))
                .hasSize(7)
                .allSatisfy(violation -> assertThat(violation.checker()).isEqualTo("ReadsReturnWhatWasWritten"));
    }

    @Test
    void aValueOfAWriteThatDidNothingIsFound() {
        Operation nothing = calls.writeThatDidNothing(1, 2);
        calls.read(3, 4, nothing);

        assertFound(new ReadsReturnWhatWasWritten(), "a read saw a write that had reported that nothing was done");
    }

    @Test
    void aValueOfTheFutureIsFound() {
        Operation read = calls.readOpen(1);
        Operation future = calls.write(3, 4);
        calls.end(read, future, 2);

        assertFound(new ReadsReturnWhatWasWritten(), "a read saw a write that had not begun");
    }

    @Test
    void aStaleReadBelongsToOneChecker() {
        Operation first = calls.write(1, 2);
        calls.write(3, 4);
        calls.read(5, 6, first);

        assertFound(new ReadsAreFresh(), "a read missed a write");
        assertThat(calls.judgedBy(new NoAcknowledgedWriteIsLost())).isEmpty();
        assertThat(calls.judgedBy(new DeletedKeysStayDeleted())).isEmpty();

        calls.allIsWellSince(5);
        assertThat(calls.judgedBy(new ReadsAreFresh())).isEmpty();
        assertFound(new NoAcknowledgedWriteIsLost(), "is gone at the end");
    }

    @Test
    void aDeletedValueThatComesBackIsFoundAtAnyTime() {
        Operation write = calls.write(1, 2);
        calls.delete(3, 4);
        calls.read(5, 6, write);

        assertFound(new DeletedKeysStayDeleted(), "a deleted value came back");
        assertThat(calls.judgedBy(new ReadsAreFresh())).isEmpty();
        calls.allIsWellSince(5);
        assertFound(new DeletedKeysStayDeleted(), "a deleted value came back");
        assertThat(calls.judgedBy(new NoAcknowledgedWriteIsLost())).isEmpty();
    }

    @Test
    void aDeletionThatWasSeenAndUndoneIsFound() {
        Operation write = calls.write(1, 2);
        calls.deleteOfUnknownOutcome(3, 4);
        calls.readNothing(5, 6);
        calls.read(7, 8, write);

        assertFound(new DeletedKeysStayDeleted(), "a deleted value came back");
    }

    @Test
    void aWriteIsLostOnlyBeyondTheBudget() {
        calls.write(1, 2);
        calls.losses.lostPower(0, 3 * Calls.SECOND, 0, false);
        calls.allIsWellSince(4).at(ALL).readNothing(5, 6);
        assertFound(new NoAcknowledgedWriteIsLost(), "is gone at the end");

        calls.losses.lostPower(1, 3 * Calls.SECOND, 0, false);
        assertThat(calls.judgedBy(new NoAcknowledgedWriteIsLost())).isEmpty();
    }

    @Test
    void aCallThatNeverEndsIsFound() {
        calls.writeOfUnknownOutcome(1, 2);
        assertThat(calls.judgedBy(new EveryCallEnds())).isEmpty();

        Operation open = calls.readOpen(1);

        assertFound(new EveryCallEnds(), open.toString());
    }

    @Test
    void aCallThatFailsWhenAllIsWellIsFound() {
        calls.writeThatDidNothing(1, 2);
        calls.writeOfUnknownOutcome(1, 9);
        calls.allIsWellSince(5).write(5, 6);
        // That it never ends is the business of another checker.
        calls.readOpen(6);
        assertThat(calls.judgedBy(new CallsSucceedWhenAllIsWell())).isEmpty();

        Operation failed = calls.readThatFailed(5, 6);

        assertFound(new CallsSucceedWhenAllIsWell(), failed.toString());
    }

    @Test
    void replicasThatDifferAreFound() {
        calls.endingWith(endWith(Map.of(), Map.of("a", Map.of(0, "v@1", 1, "v@1", 2, "v@1"), "b", Map.of())));
        assertThat(calls.judgedBy(new ReplicasAreEqual())).isEmpty();

        calls.endingWith(endWith(Map.of(), Map.of("a", Map.of(0, "tombstone@2", 1, "nothing", 2, "tombstone@2"))));
        assertFound(new ReplicasAreEqual(), "m1 has nothing");
    }

    @Test
    void ringsThatDifferAreFound() {
        calls.endingWith(endWith(Map.of(0, "ring", 1, "ring"), Map.of()));
        assertThat(calls.judgedBy(new MembersAgreeOnTheRing())).isEmpty();

        calls.endingWith(endWith(Map.of(0, "ring", 1, "another"), Map.of()));
        assertFound(new MembersAgreeOnTheRing(), "m1: another");
    }

    @Test
    void whatFailsInsideIsFound() {
        calls.endingWith(
                new EndState(9, Map.of(), Map.of(), List.of("log line"), List.of("stack trace"), List.of(), List.of()));

        assertThat(calls.judgedBy(new NothingFailsInside()))
                .extracting(Violation::message)
                .containsExactly("code of a member failed: stack trace", "a member logged an error: log line");
        assertThat(calls.judgedBy(new NothingLeaks())).isEmpty();
    }

    @Test
    void whatLeaksIsFound() {
        calls.endingWith(new EndState(9, Map.of(), Map.of(), List.of(), List.of(), List.of("an open file"), List.of()));

        assertFound(new NothingLeaks(), "an open file");

        calls.endingWith(new EndState(
                9, Map.of(), Map.of(), List.of(), List.of(), List.of(), List.of("a table without its end")));
        assertFound(new NothingIsDamaged(), "a table without its end");
        assertThat(calls.judgedBy(new NothingFailsInside())).isEmpty();
    }

    private void assertFound(Checker checker, String text) {
        assertThat(calls.judgedBy(checker)).singleElement().satisfies(violation -> {
            assertThat(violation.checker()).isEqualTo(checker.name());
            assertThat(violation.toString()).contains(text);
        });
    }

    private static EndState endWith(Map<Integer, String> rings, Map<String, Map<Integer, String>> cells) {
        return new EndState(9, rings, cells, List.of(), List.of(), List.of(), List.of());
    }
}
