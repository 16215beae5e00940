package io.kvmesh.testkit.history;

import static io.kvmesh.api.ConsistencyLevel.QUORUM;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.UnavailableException;
import io.kvmesh.api.WriteTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A history made by hand, of three replicas. Times are whole seconds, and calls are for key "k" at QUORUM through
 * member 0 unless told otherwise. Confined to one thread.
 */
final class Calls {
    static final long SECOND = 1_000_000_000L;
    static final int REPLICAS = 3;

    private static final int VALUE_LENGTH = 20;

    final DiskLosses losses = new DiskLosses();

    private final History history = new History();
    private String key = "k";
    private ConsistencyLevel level = QUORUM;
    private long clockSpreadNanos;
    private long finalSinceNanos = Operation.NEVER;
    private EndState end = EndState.UNKNOWN;

    /** The calls from here on are for this key. */
    Calls on(String newKey) {
        key = newKey;
        return this;
    }

    /** The calls from here on are at this level. */
    Calls at(ConsistencyLevel newLevel) {
        level = newLevel;
        return this;
    }

    Calls clocksApart(long seconds) {
        clockSpreadNanos = seconds * SECOND;
        return this;
    }

    Calls allIsWellSince(long second) {
        finalSinceNanos = second * SECOND;
        return this;
    }

    Calls endingWith(EndState newEnd) {
        end = newEnd;
        return this;
    }

    Operation write(long from, long to) {
        return done(writeOpen(from), null, to);
    }

    Operation writeOfUnknownOutcome(long from, long to) {
        return failed(writeOpen(from), new WriteTimeoutException("too late"), to);
    }

    Operation writeThatDidNothing(long from, long to) {
        return failed(writeOpen(from), new UnavailableException("too few"), to);
    }

    Operation writeOpen(long from) {
        return called(OperationKind.WRITE, TaggedValue.of(key, history.nextNumber(), VALUE_LENGTH), from);
    }

    Operation delete(long from, long to) {
        return done(called(OperationKind.DELETE, null, from), null, to);
    }

    Operation deleteOfUnknownOutcome(long from, long to) {
        return failed(called(OperationKind.DELETE, null, from), new WriteTimeoutException("too late"), to);
    }

    Operation deleteThatDidNothing(long from, long to) {
        return failed(called(OperationKind.DELETE, null, from), new UnavailableException("too few"), to);
    }

    Operation read(long from, long to, Operation write) {
        return readText(from, to, write.value());
    }

    Operation readNothing(long from, long to) {
        return readText(from, to, null);
    }

    Operation readText(long from, long to, @Nullable String seen) {
        return done(called(OperationKind.READ, null, from), seen, to);
    }

    Operation readThatFailed(long from, long to) {
        return failed(called(OperationKind.READ, null, from), new UnavailableException("too few"), to);
    }

    Operation readOpen(long from) {
        return called(OperationKind.READ, null, from);
    }

    /** An open read ends. */
    void end(Operation read, Operation write, long to) {
        done(read, write.value(), to);
    }

    Evidence evidence() {
        Map<String, List<Integer>> replicasOf = new TreeMap<>();
        history.byKey().keySet().forEach(name -> replicasOf.put(name, List.of(0, 1, 2)));
        return new Evidence(history, losses, REPLICAS, replicasOf, clockSpreadNanos, finalSinceNanos, end);
    }

    List<Violation> judgedBy(Checker checker) {
        return checker.check(evidence());
    }

    private Operation called(OperationKind kind, @Nullable String value, long from) {
        return history.called(0, kind, key, level, value, from * SECOND);
    }

    private Operation done(Operation operation, @Nullable String seen, long to) {
        history.returned(operation, seen, to * SECOND);
        return operation;
    }

    private Operation failed(Operation operation, RuntimeException error, long to) {
        history.failed(operation, error, to * SECOND);
        return operation;
    }
}
