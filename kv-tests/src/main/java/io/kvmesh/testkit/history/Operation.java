package io.kvmesh.testkit.history;

import io.kvmesh.api.ConsistencyLevel;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One call of a map and what came of it. Changed once, by its {@link History}, when it ends; confined to that history's
 * thread.
 */
public final class Operation {
    /** The return of an operation that has not ended. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final double NANOS_PER_SECOND = 1e9;

    private final int number;
    private final int member;
    private final OperationKind kind;
    private final String key;
    private final ConsistencyLevel level;
    private final long callNanos;
    private @Nullable String value;
    private long returnNanos = NEVER;
    private OperationResult result = OperationResult.OPEN;
    private String error = "";

    Operation(
            int number,
            int member,
            OperationKind kind,
            String key,
            ConsistencyLevel level,
            @Nullable String value,
            long callNanos) {
        this.number = number;
        this.member = member;
        this.kind = kind;
        this.key = key;
        this.level = level;
        this.value = value;
        this.callNanos = callNanos;
    }

    void end(OperationResult newResult, @Nullable String seen, String newError, long nowNanos) {
        if (kind == OperationKind.READ) {
            value = seen;
        }
        result = newResult;
        error = newError;
        returnNanos = nowNanos;
    }

    /** Its place in the history, from 0. */
    public int number() {
        return number;
    }

    /** The member that was called. */
    public int member() {
        return member;
    }

    public OperationKind kind() {
        return kind;
    }

    public String key() {
        return key;
    }

    public ConsistencyLevel level() {
        return level;
    }

    /** What a write wrote, or what a read that is done saw; null for no value. */
    public @Nullable String value() {
        return value;
    }

    public OperationResult result() {
        return result;
    }

    public boolean isDone() {
        return result == OperationResult.DONE;
    }

    public boolean isRead() {
        return kind == OperationKind.READ;
    }

    public long callNanos() {
        return callNanos;
    }

    /** When the call returned, with whatever result; {@link #NEVER} if it has not. */
    public long returnNanos() {
        return returnNanos;
    }

    @Override
    public String toString() {
        String what = switch (kind) {
            case READ -> "read at " + level + (isDone() ? " saw " + shortValue() : "");
            case WRITE -> "write at " + level + " of " + shortValue();
            case DELETE -> "delete at " + level;
        };
        String end = result == OperationResult.OPEN ? "..." : seconds(returnNanos);
        String failure = error.isEmpty() ? "" : " (" + error + ")";
        return "#" + number + " [" + seconds(callNanos) + ", " + end + "] " + key + " through m" + member + ": " + what
                + " -> " + result + failure;
    }

    private String shortValue() {
        return value == null ? "no value" : TaggedValue.describe(value);
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.6f s", nanos / NANOS_PER_SECOND);
    }
}
