package io.kvmesh.coordinator;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import org.jspecify.annotations.Nullable;

/** Starts reads and writes of single keys. Immutable, safe for any thread. */
public final class Coordinator {
    private final CoordinatorContext context;

    public Coordinator(CoordinatorContext context) {
        this.context = context;
    }

    /** The deadline of an operation that starts now, in monotonic nanoseconds. */
    public long deadlineFromNow() {
        return context.clock().monotonicNanos() + context.operationTimeoutNanos();
    }

    /**
     * Starts a write; a null value writes a tombstone. The arrays must not change afterwards.
     */
    public WriteOperation write(
            MapDescriptor map,
            Key key,
            byte @Nullable [] value,
            ConsistencyLevel level,
            Quorum quorum,
            long deadlineNanos) {
        WriteOperation operation = new WriteOperation(context, map, key, value, level, quorum, deadlineNanos);
        operation.start();
        return operation;
    }

    /** Starts a read in a thread that may read the disk. */
    public ReadOperation readBlocking(MapDescriptor map, Key key, ConsistencyLevel level, long deadlineNanos) {
        ReadOperation operation = new ReadOperation(context, map, key, level, deadlineNanos);
        operation.start(true);
        return operation;
    }

    /** Starts a read without ever reading the disk in the calling thread. */
    public ReadOperation readAsync(MapDescriptor map, Key key, ConsistencyLevel level, long deadlineNanos) {
        ReadOperation operation = new ReadOperation(context, map, key, level, deadlineNanos);
        operation.start(false);
        return operation;
    }
}
