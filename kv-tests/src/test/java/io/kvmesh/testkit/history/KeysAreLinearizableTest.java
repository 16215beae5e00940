package io.kvmesh.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.WriteTimeoutException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class KeysAreLinearizableTest {
    private static final int OPERATIONS = 5_000;
    private static final int KEYS = 20;
    private static final int CALLERS = 8;
    private static final int LONG_HISTORIES = 5;
    private static final int ATOMIC_HISTORIES = 200;

    private final Calls calls = new Calls();

    @Test
    void keysAreJudgedOneByOne() {
        Operation first = calls.on("a").write(1, 2);
        calls.on("b").write(3, 4);
        calls.on("a").read(5, 6, first);
        assertThat(judge()).isEmpty();

        calls.on("b").readNothing(7, 8);

        assertThat(judge()).singleElement().satisfies(violation -> {
            assertThat(violation.message()).isEqualTo("no order of the operations of b explains what they saw");
            assertThat(violation.atNanos()).isEqualTo(8 * Calls.SECOND);
            assertThat(violation.evidence()).hasSize(2);
        });
    }

    @Test
    void aWriteThatIsSeenAgainIsRegularAndNotLinearizable() {
        Operation twice = calls.writeOpen(1);
        Operation between = calls.write(2, 3);
        calls.read(1, 2, twice);
        calls.read(4, 5, between);
        calls.read(6, 7, twice);

        assertThat(calls.judgedBy(new ReadsAreFresh())).isEmpty();
        assertThat(judge()).hasSize(1);
    }

    @Test
    void aWriteThatDidNothingNeverTakesEffect() {
        Operation nothing = calls.writeThatDidNothing(1, 2);
        calls.deleteThatDidNothing(1, 2);
        calls.readNothing(3, 4);
        calls.readThatFailed(3, 4);
        calls.readOpen(3);
        assertThat(judge()).isEmpty();

        calls.read(5, 6, nothing);
        assertThat(judge()).hasSize(1);
    }

    @Test
    void writesOfUnknownOutcomeTakeEffectLateOrNever() {
        calls.writeOfUnknownOutcome(1, 2);
        Operation late = calls.writeOfUnknownOutcome(1, 2);
        Operation open = calls.writeOpen(1);
        calls.deleteOfUnknownOutcome(1, 2);
        Operation write = calls.write(3, 4);
        calls.read(5, 6, write);
        calls.read(7, 8, late);
        calls.readNothing(9, 10);
        calls.read(11, 12, open);
        assertThat(judge()).isEmpty();

        // One delete explains one disappearance.
        calls.readNothing(13, 14);
        assertThat(judge()).hasSize(1);
    }

    @Test
    void aWriteOfUnknownOutcomeIsNotSeenBeforeItsCall() {
        Operation read = calls.readOpen(1);
        Operation future = calls.writeOfUnknownOutcome(3, 4);
        calls.end(read, future, 2);

        assertThat(judge()).hasSize(1);
    }

    @Test
    void aValueWrittenTwiceMayBeOfEitherWrite() {
        History history = new History();
        Operation unknown = history.called(0, OperationKind.WRITE, "k", ConsistencyLevel.QUORUM, "same", 1);
        history.failed(unknown, new WriteTimeoutException("too late"), 2);
        ended(history, OperationKind.WRITE, "same", null, 3);
        ended(history, OperationKind.READ, null, "same", 5);
        ended(history, OperationKind.WRITE, "other", null, 7);
        ended(history, OperationKind.READ, null, "same", 9);

        assertThat(new KeysAreLinearizable().check(evidence(history))).isEmpty();
    }

    @Test
    void aKeyOverTheLimitIsUndecidedAndThatIsAViolation() {
        for (int i = 0; i < 10; i++) {
            calls.write(1, 100);
        }
        calls.readNothing(101, 102);

        assertThat(calls.judgedBy(new KeysAreLinearizable(100)))
                .extracting(Violation::message)
                .containsExactly("undecided whether k is linearizable, after 100 states");
    }

    @Test
    @Timeout(120)
    void longHistoriesOfManyCallersAreDecided() {
        for (int seed = 0; seed < LONG_HISTORIES; seed++) {
            History history = AtomicMap.run(seed, OPERATIONS, KEYS, CALLERS);
            assertThat(history.operations()).hasSize(OPERATIONS);

            assertThat(new KeysAreLinearizable().check(evidence(history)))
                    .as("seed %d", seed)
                    .isEmpty();
        }
    }

    @Test
    void whatIsAtomicIsFreshToo() {
        for (int seed = 0; seed < ATOMIC_HISTORIES; seed++) {
            Evidence evidence = evidence(AtomicMap.run(seed, 300, 2, CALLERS));

            for (Checker checker : Checker.all()) {
                assertThat(checker.check(evidence))
                        .as("%s, seed %d", checker.name(), seed)
                        .isEmpty();
            }
        }
    }

    private List<Violation> judge() {
        return calls.judgedBy(new KeysAreLinearizable());
    }

    private static void ended(
            History history, OperationKind kind, @Nullable String value, @Nullable String seen, long callNanos) {
        Operation operation = history.called(0, kind, "k", ConsistencyLevel.QUORUM, value, callNanos);
        history.returned(operation, seen, callNanos + 1);
    }

    private static Evidence evidence(History history) {
        return new Evidence(history, new DiskLosses(), 3, Map.of(), 0, Operation.NEVER, EndState.UNKNOWN);
    }
}
