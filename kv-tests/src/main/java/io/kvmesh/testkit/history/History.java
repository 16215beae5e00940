package io.kvmesh.testkit.history;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All calls of a run, in the order in which they were made. Confined to one thread. */
public final class History {
    private final List<Operation> operations = new ArrayList<>();
    private final Map<String, List<Operation>> byKey = new TreeMap<>();
    private final List<Undocumented> undocumented = new ArrayList<>();

    /** The number that the next operation will have, for values that name their write. */
    public int nextNumber() {
        return operations.size();
    }

    /**
     * A call begins.
     *
     * @param value what a write writes; null for reads and deletes
     */
    public Operation called(
            int member, OperationKind kind, String key, ConsistencyLevel level, @Nullable String value, long nowNanos) {
        Operation operation = new Operation(nextNumber(), member, kind, key, level, value, nowNanos);
        operations.add(operation);
        byKey.computeIfAbsent(key, absent -> new ArrayList<>()).add(operation);
        return operation;
    }

    /**
     * A call returned normally.
     *
     * @param seen what a read saw
     */
    public void returned(Operation operation, @Nullable String seen, long nowNanos) {
        operation.end(OperationResult.DONE, seen, "", nowNanos);
    }

    /** A call failed. What is not an error of the store is not expected to say what was done. */
    public void failed(Operation operation, Throwable error, long nowNanos) {
        boolean nothingDone = error instanceof KvException known && known.outcome() == KvException.Outcome.NOT_APPLIED;
        OperationResult result = nothingDone ? OperationResult.NOTHING_DONE : OperationResult.UNKNOWN;
        operation.end(result, null, error.getClass().getSimpleName(), nowNanos);
        if (!(error instanceof KvException)) {
            undocumented.add(new Undocumented(operation, error));
        }
    }

    /** The calls that failed with an error that is not one of the store, and the error as text. */
    List<Undocumented> undocumentedErrors() {
        return undocumented;
    }

    /** A call that failed as no call may. */
    record Undocumented(Operation operation, Throwable error) {}

    /** The process of the caller is gone, and with it whatever it would have been told. */
    public void callerDied(Operation operation, long nowNanos) {
        operation.end(OperationResult.UNKNOWN, null, "the process ended", nowNanos);
    }

    public List<Operation> operations() {
        return Collections.unmodifiableList(operations);
    }

    /** The operations of each key, in the order of their calls. */
    public Map<String, List<Operation>> byKey() {
        return Collections.unmodifiableMap(byKey);
    }
}
