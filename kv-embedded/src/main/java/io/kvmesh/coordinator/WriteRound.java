package io.kvmesh.coordinator;

import io.kvmesh.api.KvException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.coordinator.QuorumTracker.Verdict;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.replica.Refusal;
import io.kvmesh.replica.ReplicaMessages;
import io.kvmesh.replica.ReplicaService;
import io.kvmesh.replica.ReplyStatus;
import io.kvmesh.storage.WriteCallback;
import io.kvmesh.transport.Verb;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sends one cell to its replicas and counts their acknowledgements. Guarded by its own monitor.
 *
 * <p>It stays registered after the quorum is reached, until all replicas answered or the time is over, so that what a
 * slow replica has not acknowledged counts against that replica's budget.
 */
final class WriteRound extends ReplicaExchange implements WriteCallback {
    private final Key key;
    private final Cell cell;
    private final List<NodeId> targets;
    private final QuorumTracker tracker;
    private final WriteOperation operation;
    private final FailureLog failures = new FailureLog();
    private @Nullable Version newer;
    private boolean reported;
    private boolean failedHalfway;

    /** @param targets the replicas that are alive, at least as many as required */
    WriteRound(
            CoordinatorContext context,
            WriteOperation operation,
            MapDescriptor map,
            Key key,
            Cell cell,
            List<NodeId> targets,
            int required) {
        super(context, map, operation.deadlineNanos);
        this.operation = operation;
        this.key = key;
        this.cell = cell;
        this.targets = targets;
        this.tracker = new QuorumTracker(targets, required);
    }

    /** Sends to the others first, so that they work while this member applies its own copy. */
    void start() {
        boolean local = targets.contains(context.self());
        if (targets.size() > (local ? 1 : 0)) {
            register();
            ByteWriter request = request();
            for (NodeId target : targets) {
                if (!target.equals(context.self())) {
                    context.messenger().send(target, request);
                }
            }
        }
        if (local) {
            context.engine().write(new Mutation(map.id(), key, cell), this);
        }
    }

    @Override
    public void onWritten(@Nullable Version newerHere) {
        acknowledge(context.self(), newerHere);
    }

    @Override
    public void onFailed(KvException reason) {
        onRefused(context.self(), ReplicaService.refusalOf(reason), String.valueOf(reason.getMessage()));
    }

    @Override
    void onAnswer(NodeId from, ReplyStatus status, ByteReader payload) {
        switch (status) {
            case WRITTEN -> acknowledge(from, null);
            case WRITTEN_BUT_OLDER -> acknowledge(from, ReplicaMessages.readVersion(payload));
            default -> onRefused(from, Refusal.OTHER, "answered a write with " + status);
        }
    }

    @Override
    void onRefused(NodeId from, @Nullable Refusal refusal, String text) {
        boolean impossible;
        synchronized (this) {
            failures.add(from, refusal, text);
            failedHalfway |= refusal == Refusal.FAILED;
            impossible = tracker.recordFailure(from) == Verdict.IMPOSSIBLE && !reported;
            reported |= impossible;
        }
        if (impossible) {
            operation.onImpossible(this);
        }
        unregisterIfComplete();
    }

    @Override
    void askAgain(NodeId replica) {
        context.messenger().send(replica, request());
    }

    @Override
    public void onTick(long nowNanos) {
        if (nowNanos >= deadlineNanos) {
            operation.expire();
            unregister();
        }
    }

    /** How many replicas acknowledged. */
    synchronized int acknowledged() {
        return tracker.successes();
    }

    /** Whether it is still open if some replica applied the write. */
    synchronized boolean mayHaveBeenApplied() {
        return failedHalfway || tracker.successes() > 0 || !tracker.pending().isEmpty();
    }

    synchronized List<NodeId> pending() {
        return tracker.pending();
    }

    FailureLog failures() {
        return failures;
    }

    private void acknowledge(NodeId from, @Nullable Version newerThere) {
        boolean reached;
        Version newestSeen;
        synchronized (this) {
            if (newerThere != null && (newer == null || newerThere.isNewerThan(newer))) {
                newer = newerThere;
            }
            reached = tracker.recordSuccess(from) == Verdict.REACHED && !reported;
            reported |= reached;
            newestSeen = newer;
        }
        if (reached) {
            operation.onReached(newestSeen);
        }
        unregisterIfComplete();
    }

    private void unregisterIfComplete() {
        boolean complete;
        synchronized (this) {
            complete = tracker.isComplete();
        }
        if (complete) {
            unregister();
        }
    }

    private ByteWriter request() {
        ByteWriter request =
                newRequest(Verb.REPLICA_WRITE, ReplicaMessages.keyBytes(key) + ReplicaMessages.cellBytes(cell));
        ReplicaMessages.putKey(request, map, key);
        ReplicaMessages.putCell(request, cell);
        return request;
    }
}
