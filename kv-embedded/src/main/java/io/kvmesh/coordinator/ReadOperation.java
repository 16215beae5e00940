package io.kvmesh.coordinator;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvException;
import io.kvmesh.api.ReadTimeoutException;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the newest cell of one key. Guarded by its own monitor; the exchange with the replicas is a {@link ReadRound}.
 */
public final class ReadOperation extends Operation<Cell> {
    private static final Logger LOG = LoggerFactory.getLogger(ReadOperation.class);

    private final MapDescriptor map;
    private final Key key;
    private final ConsistencyLevel level;
    /** Whether all replicas are asked that may be, and nobody waits for the result. */
    private final boolean inBackground;

    private @Nullable ReadRound round;
    private boolean repairsTheRest;

    ReadOperation(CoordinatorContext context, MapDescriptor map, Key key, ConsistencyLevel level, long deadlineNanos) {
        this(context, map, key, level, deadlineNanos, false);
    }

    private ReadOperation(
            CoordinatorContext context,
            MapDescriptor map,
            Key key,
            ConsistencyLevel level,
            long deadlineNanos,
            boolean inBackground) {
        super(context, deadlineNanos);
        this.inBackground = inBackground;
        this.map = map;
        this.key = key;
        this.level = level;
    }

    /** @param mayBlock whether the calling thread may read the disk */
    void start(boolean mayBlock) {
        ReplicaPlan plan = plan();
        if (plan.isPossible()) {
            startRound(plan, mayBlock);
        } else {
            fail(plan.unavailable("read"));
        }
    }

    /**
     * The round failed because the ring is changing, and it is time to ask by the newest ring. False if too few
     * replicas are alive for that now.
     */
    boolean beginAgain() {
        if (isDone()) {
            return true;
        }
        ReplicaPlan plan = plan();
        if (!plan.isPossible()) {
            return false;
        }
        try {
            startRound(plan, false);
        } catch (KvException e) {
            fail(e);
        }
        return true;
    }

    private ReplicaPlan plan() {
        ReplicaPlan plan = ReplicaPlan.ofRead(context.view().get(), key.partition(), level);
        return inBackground ? plan.requiringAll() : plan;
    }

    private void startRound(ReplicaPlan plan, boolean mayBlock) {
        List<NodeId> preferred = preference(plan);
        ReadRound started = new ReadRound(context, this, map, key, plan.epoch(), preferred, plan.groups());
        boolean chosen = !inBackground
                && plan.hasMoreThanRequired()
                && context.backgroundRepair().isNextChosen();
        synchronized (this) {
            round = started;
            repairsTheRest = chosen;
        }
        started.start(mayBlock);
    }

    /** The round has the result. */
    void onResult(@Nullable Cell cell) {
        succeed(cell);
        boolean more;
        synchronized (this) {
            more = repairsTheRest;
            repairsTheRest = false;
        }
        if (more) {
            repairTheRest();
        }
    }

    private void repairTheRest() {
        long untilNanos = context.clock().monotonicNanos() + context.operationTimeoutNanos();
        try {
            new ReadOperation(context, map, key, level, untilNanos, true).start(false);
        } catch (KvException e) {
            LOG.debug("the other replicas of {} are not compared", key, e);
        }
    }

    /** The round cannot get enough answers any more. */
    void onImpossible(FailureLog failures) {
        fail(failures.nothingDone(describe() + " cannot be read", context.view().get()));
    }

    @Override
    void expire() {
        if (isDone()) {
            return;
        }
        ReadRound expired;
        synchronized (this) {
            expired = round;
        }
        ClusterView view = context.view().get();
        String state = expired == null
                ? ""
                : (expired.ringWait.isWaiting() ? RingWait.CHANGING : "") + "; no answer from "
                        + FailureLog.names(view, expired.unanswered())
                        + expired.failures().describe(view);
        fail(new ReadTimeoutException(describe() + " was not read within " + context.operationTimeoutNanos() / 1_000_000
                + " ms" + state + ". Reading it again is safe."));
    }

    @Override
    KvException interrupted(InterruptedException cause) {
        ReadTimeoutException failure =
                new ReadTimeoutException(describe() + " was not read: the calling thread was interrupted");
        failure.initCause(cause);
        return failure;
    }

    /** This member first, then those near it, and last those that were slow of late. */
    private List<NodeId> preference(ReplicaPlan plan) {
        List<NodeId> near = plan.nearFirst();
        List<NodeId> preferred =
                context.slowReplicas().ordered(near, context.clock().monotonicNanos());
        int at = preferred.indexOf(context.self());
        if (at <= 0) {
            return preferred;
        }
        List<NodeId> ordered = new ArrayList<>(preferred);
        ordered.remove(at);
        ordered.add(0, context.self());
        return ordered;
    }

    private String describe() {
        return "key " + key + " of map '" + map.name() + "' at " + level;
    }
}
