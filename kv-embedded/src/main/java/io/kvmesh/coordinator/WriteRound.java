package io.kvmesh.coordinator;

import io.kvmesh.api.KvException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.coordinator.QuorumTracker.Verdict;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.replica.Refusal;
import io.kvmesh.replica.ReplicaMessages;
import io.kvmesh.replica.ReplicaService;
import io.kvmesh.replica.ReplyStatus;
import io.kvmesh.storage.WriteCallback;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sends one cell to its replicas and counts their acknowledgements. Guarded by its own monitor.
 *
 * <p>This member's own copy is written at once if the clock that stamped it is trusted. Else another replica must
 * accept the stamp first: a copy from far in the future would hide all later writes of the key.
 *
 * <p>Where others may stand in for replicas, they are asked once the replicas alone are too few, or are silent for half
 * of the time.
 *
 * <p>It stays registered after the quorum is reached, until all replicas answered or the time is over, so that what a
 * slow replica has not acknowledged counts against that replica's budget.
 */
final class WriteRound extends ReplicaExchange implements WriteCallback, RoundHints.StandInListener {
    private final Key key;
    private final Cell cell;
    private final ReplicaPlan plan;
    /** Of the clock when it gave the stamp. */
    private final long clockOffsetMicros;
    /** How much of the time must be left for others to speak before this member writes its copy without them. */
    private final long patienceNanos;

    private final RoundHints hints;
    private final QuorumTracker tracker;
    private final WriteOperation operation;
    private final WriteDelivery delivery;
    private final FailureLog failures = new FailureLog();
    private @Nullable Version newer;
    private boolean reported;
    private boolean failedHalfway;
    private boolean silenceNoted;
    /** This member's copy waits for another replica to accept the stamp. */
    private boolean localWaits;

    /** @param plan one that is possible */
    WriteRound(
            CoordinatorContext context,
            WriteOperation operation,
            MapDescriptor map,
            Key key,
            Cell cell,
            long clockOffsetMicros,
            ReplicaPlan plan) {
        super(context, map, operation.deadlineNanos, plan.epoch());
        this.operation = operation;
        this.key = key;
        this.cell = cell;
        this.plan = plan;
        this.clockOffsetMicros = clockOffsetMicros;
        this.patienceNanos = context.operationTimeoutNanos() / 2;
        this.delivery = new WriteDelivery(context, this, plan);
        this.hints = new RoundHints(context, map, key, cell, plan, this);
        this.tracker = plan.newTracker();
    }

    /** Sends to the others first, so that they work while this member applies its own copy. */
    void start() {
        List<NodeId> targets = plan.targets();
        boolean local = targets.contains(context.self());
        boolean remote = targets.size() > (local ? 1 : 0);
        boolean waits = local && remote && !context.stamps().isTrusted(clockOffsetMicros);
        boolean standInsNeeded;
        synchronized (this) {
            localWaits = waits;
            standInsNeeded = !tracker.isPossibleStrictly();
        }
        if (remote || standInsNeeded) {
            register();
        }
        if (remote) {
            delivery.start();
        }
        if (standInsNeeded) {
            hints.makeDue();
        }
        if (local && !waits) {
            writeLocally();
        }
    }

    private void writeLocally() {
        writeHere(key, cell, this);
    }

    private synchronized boolean claimLocal() {
        boolean claimed = localWaits;
        localWaits = false;
        return claimed;
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
            case WRITTEN -> onAccepted(from, null);
            case WRITTEN_BUT_OLDER -> onAccepted(from, ReplicaMessages.readVersion(payload));
            default -> onRefused(from, Refusal.OTHER, "answered a write with " + status);
        }
    }

    private void onAccepted(NodeId from, @Nullable Version newerThere) {
        context.stamps().accepted(clockOffsetMicros);
        if (claimLocal()) {
            writeLocally();
        }
        acknowledge(from, newerThere);
    }

    @Override
    void onRefused(NodeId from, @Nullable Refusal refusal, String text) {
        Verdict verdict;
        boolean alone;
        boolean standInsNeeded;
        synchronized (this) {
            failures.add(from, refusal, text);
            failedHalfway |= refusal == Refusal.FAILED;
            if (refusal != null) {
                ringWait.note(refusal);
                loseStandIns(refusal);
            }
            verdict = tracker.recordFailure(from);
            if (localWaits && (refusal == Refusal.CLOCK_AHEAD || verdict == Verdict.IMPOSSIBLE)) {
                // What is refused, or fails anyway, is not worth the risk of a stamp that nobody accepted.
                localWaits = false;
                failures.add(context.self(), refusal, "does not write it without another member");
                verdict = tracker.recordFailure(context.self());
            }
            alone = localWaits && tracker.pending().equals(List.of(context.self()));
            standInsNeeded = verdict == Verdict.WAITING && !tracker.isPossibleStrictly();
        }
        if (refusal == Refusal.CLOCK_AHEAD) {
            context.stamps().refused();
        }
        if (alone && claimLocal()) {
            writeLocally();
        }
        onVerdict(verdict);
        hints.onMissed(from, refusal);
        if (standInsNeeded) {
            registerForTicks();
            hints.makeDue();
        }
        unregisterIfComplete();
    }

    /** By another ring, which is to be asked first, the replicas are others; nobody keeps a stamp of the future. */
    private void loseStandIns(Refusal refusal) {
        if (refusal.isOfRing() || refusal == Refusal.CLOCK_AHEAD) {
            tracker.loseAllStandIns();
        }
    }

    @Override
    public void onStandIn(NodeId target, NodeId holder) {
        if (!holder.equals(context.self())) {
            context.stamps().accepted(clockOffsetMicros);
            if (claimLocal()) {
                writeLocally();
            }
        }
        Verdict verdict;
        synchronized (this) {
            verdict = tracker.recordStandIn(target);
        }
        onVerdict(verdict);
        hints.onAcknowledged();
        unregisterIfComplete();
    }

    @Override
    public void onNoStandIn(NodeId target, @Nullable Refusal refusal, String reason) {
        Verdict verdict;
        synchronized (this) {
            if (!plan.targets().contains(target)) {
                failures.add(target, refusal, reason);
            }
            verdict = tracker.loseStandIn(target);
        }
        onVerdict(verdict);
        unregisterIfComplete();
    }

    /** Tells the operation, once, if it has what it needs, or cannot have it any more. */
    private void onVerdict(Verdict verdict) {
        boolean waits;
        Version newestSeen;
        synchronized (this) {
            if (reported || verdict == Verdict.WAITING) {
                return;
            }
            reported = true;
            newestSeen = newer;
            waits = verdict == Verdict.IMPOSSIBLE
                    && ringWait.begin(context.clock().monotonicNanos());
        }
        if (waits) {
            registerForTicks();
        } else if (verdict == Verdict.IMPOSSIBLE) {
            operation.onImpossible(this);
        } else {
            operation.onReached(newestSeen);
        }
    }

    /** A round that asked nobody else has no ticks, by which it would notice that the ring changed. */
    private void registerForTicks() {
        if (!isRegistered()) {
            register();
        }
    }

    @Override
    void onUnanswered(NodeId replica) {
        delivery.onUnanswered(replica);
    }

    @Override
    void askAgain(NodeId replica) {
        context.messenger().send(replica, newWrite());
    }

    ByteWriter newWrite() {
        return newWrite(key, cell);
    }

    ByteWriter newCarriedWrite(List<NodeId> receivers) {
        return newCarriedWrite(receivers, key, cell);
    }

    @Override
    public void onTick(long nowNanos) {
        delivery.onTick(nowNanos);
        if (nowNanos >= deadlineNanos) {
            operation.expire();
            hints.onSilent(pending());
            unregister();
        } else if (deadlineNanos - nowNanos < patienceNanos && plan.isSatisfiedBy(context.self()) && claimLocal()) {
            // Nobody says anything, and this copy is enough.
            writeLocally();
        } else if (ringWait.claim(context.view().get().epoch(), nowNanos)) {
            beginAgain(nowNanos);
        } else if (deadlineNanos - nowNanos < patienceNanos && claimSilence()) {
            hints.makeDue();
            hints.onSilent(pendingElsewhere());
        }
    }

    /** Whether others are to stand in now for those that are silent. True once. */
    private synchronized boolean claimSilence() {
        boolean claimed = !reported && !silenceNoted && !plan.standIns().isEmpty();
        silenceNoted |= claimed;
        return claimed;
    }

    private List<NodeId> pendingElsewhere() {
        List<NodeId> elsewhere = new ArrayList<>(pending());
        elsewhere.remove(context.self());
        return elsewhere;
    }

    private void beginAgain(long nowNanos) {
        if (operation.beginAgain(this)) {
            unregisterIfComplete();
        } else {
            ringWait.begin(nowNanos);
        }
    }

    /** How many replicas acknowledged. */
    synchronized int acknowledged() {
        return tracker.successes();
    }

    /** Whether it is still open if some replica applied the write. */
    synchronized boolean mayHaveBeenApplied() {
        return failedHalfway || tracker.successes() > 0 || !tracker.pending().isEmpty() || hints.mayBeKept();
    }

    /** How many replicas did not acknowledge it for which another member keeps it. */
    synchronized int stoodIn() {
        return tracker.stoodIn();
    }

    synchronized List<NodeId> pending() {
        return tracker.pending();
    }

    Cell cell() {
        return cell;
    }

    long clockOffsetMicros() {
        return clockOffsetMicros;
    }

    FailureLog failures() {
        return failures;
    }

    private void acknowledge(NodeId from, @Nullable Version newerThere) {
        Verdict verdict;
        synchronized (this) {
            if (newerThere != null && (newer == null || newerThere.isNewerThan(newer))) {
                newer = newerThere;
            }
            verdict = tracker.recordSuccess(from);
        }
        onVerdict(verdict);
        hints.onAcknowledged();
        unregisterIfComplete();
    }

    private void unregisterIfComplete() {
        boolean complete;
        synchronized (this) {
            complete = tracker.isComplete() && reported && !ringWait.isWaiting();
        }
        if (complete) {
            unregister();
        }
    }
}
