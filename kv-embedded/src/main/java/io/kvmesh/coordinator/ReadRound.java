package io.kvmesh.coordinator;

import io.kvmesh.api.KvException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.model.Version;
import io.kvmesh.replica.Refusal;
import io.kvmesh.replica.ReplicaMessages;
import io.kvmesh.replica.ReplicaService;
import io.kvmesh.replica.ReplyStatus;
import io.kvmesh.replica.RingFence.Verdict;
import io.kvmesh.runtime.Lane;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.WriteCallback;
import io.kvmesh.transport.Verb;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks replicas for one key until enough of them hold the newest version. Guarded by its own monitor: every event
 * changes the answers under it, and what is to be sent is sent after it is released.
 *
 * <ol>
 *   <li>One replica, this member if it is one, is asked for the cell, R - 1 others for their version only.
 *   <li>When R have answered, the newest version among the answers is the result. If the cell at hand is older, the
 *       replica that has the newest is asked for its cell.
 *   <li>Answered replicas that hold something older get the newest cell written, and the read ends when R replicas
 *       hold it. Without that a later read of R others could return an older value.
 *   <li>A replica that fails is replaced by one not asked yet. When it takes longer than most reads do, one more is
 *       asked.
 *   <li>Answers that arrive after the end still lead to repairs, which nobody waits for.
 * </ol>
 */
final class ReadRound extends ReplicaExchange {
    private final ReadOperation operation;
    private final Key key;
    private final ReadAnswers answers;
    private final FailureLog failures = new FailureLog();
    private final long beganNanos;
    private final long speculateAtNanos;
    private boolean speculated;
    private boolean registered;
    private boolean finished;

    /**
     * @param epoch the state of the ring by which the replicas were chosen
     * @param replicas those that are alive, in the order of preference
     * @param groups of these, each of which can be satisfied
     */
    ReadRound(
            CoordinatorContext context,
            ReadOperation operation,
            MapDescriptor map,
            Key key,
            RingEpoch epoch,
            List<NodeId> replicas,
            List<ReplicaGroup> groups) {
        super(context, map, operation.deadlineNanos, epoch);
        this.operation = operation;
        this.key = key;
        this.answers = new ReadAnswers(replicas, groups);
        this.beganNanos = context.clock().monotonicNanos();
        this.speculateAtNanos = beganNanos + context.speculativeDelay().nanos();
    }

    /** @param mayBlock whether the calling thread may read the disk */
    void start(boolean mayBlock) {
        List<NodeId> asked;
        synchronized (this) {
            asked = answers.claimFirst();
        }
        for (int i = 1; i < asked.size(); i++) {
            ask(asked.get(i), Verb.REPLICA_READ_VERSION);
        }
        NodeId first = asked.get(0);
        if (first.equals(context.self())) {
            readLocally(mayBlock);
        } else {
            ask(first, Verb.REPLICA_READ);
        }
    }

    @Override
    void onAnswer(NodeId from, ReplyStatus status, ByteReader payload) {
        switch (status) {
            case ABSENT -> onVersion(from, null, null);
            case CELL -> {
                Cell cell = ReplicaMessages.readCell(payload);
                onVersion(from, cell.version(), cell);
            }
            case VERSION -> onVersion(from, ReplicaMessages.readVersion(payload), null);
            case WRITTEN -> onRepaired(from, null);
            case WRITTEN_BUT_OLDER -> onRepaired(from, ReplicaMessages.readVersion(payload));
            default -> onRefused(from, Refusal.OTHER, "answered a read with " + status);
        }
    }

    @Override
    void onRefused(NodeId from, @Nullable Refusal refusal, String text) {
        NodeId replacement = null;
        boolean impossible = false;
        boolean waits = false;
        synchronized (this) {
            if (!answers.failed(from)) {
                return;
            }
            failures.add(from, refusal, text);
            if (refusal != null) {
                ringWait.note(refusal);
            }
            if (!finished) {
                replacement = answers.claimNext();
                impossible = !answers.isPossible();
                waits = impossible && ringWait.begin(context.clock().monotonicNanos());
                finished = impossible;
            }
        }
        if (waits) {
            // Its ticks tell when the ring has changed.
            registerOnce();
        } else if (impossible) {
            operation.onImpossible(failures);
        } else if (replacement != null) {
            askForCell(replacement);
        }
        advance();
    }

    @Override
    void askAgain(NodeId replica) {
        boolean repairing;
        synchronized (this) {
            repairing = answers.isRepairing(replica);
        }
        if (repairing) {
            repair(replica);
        } else {
            // The whole cell serves where the version would do, and this is rare.
            ask(replica, Verb.REPLICA_READ);
        }
    }

    @Override
    public void onTick(long nowNanos) {
        if (nowNanos >= deadlineNanos) {
            synchronized (this) {
                finished = true;
            }
            operation.expire();
            unregister();
            return;
        }
        if (ringWait.claim(context.view().get().epoch(), nowNanos)) {
            beginAgain(nowNanos);
            return;
        }
        NodeId next = null;
        List<NodeId> silent = List.of();
        synchronized (this) {
            if (!finished && !speculated && nowNanos >= speculateAtNanos) {
                speculated = true;
                silent = answers.unanswered();
                next = answers.claimNext();
            }
        }
        context.slowReplicas().mark(silent, nowNanos);
        if (next != null) {
            askForCell(next);
        }
    }

    private void beginAgain(long nowNanos) {
        if (operation.beginAgain()) {
            advance();
        } else {
            ringWait.begin(nowNanos);
        }
    }

    /** Those that were asked and have not answered. */
    synchronized List<NodeId> unanswered() {
        return answers.unanswered();
    }

    FailureLog failures() {
        return failures;
    }

    private void onVersion(NodeId from, @Nullable Version version, @Nullable Cell cell) {
        synchronized (this) {
            answers.answered(from, version, cell);
        }
        if (version != null && !context.stamps().isTooFarAhead(version.timestampMicros())) {
            context.stamps().observe(version.timestampMicros());
        }
        advance();
    }

    private void onRepaired(NodeId from, @Nullable Version newerThere) {
        synchronized (this) {
            answers.repaired(from, newerThere);
        }
        advance();
    }

    /** Looks at all answers and takes the next step. */
    private void advance() {
        NodeId toFetch = null;
        List<NodeId> toRepair = List.of();
        Cell result;
        boolean complete = false;
        boolean quiet;
        synchronized (this) {
            if (answers.hasQuorum()) {
                toFetch = finished ? null : answers.claimFetch();
                if (toFetch == null) {
                    toRepair = answers.claimRepairs();
                    complete = !finished && answers.isSatisfied();
                    finished |= complete;
                }
            }
            result = answers.newest();
            quiet = finished && answers.isQuiet() && !ringWait.isWaiting();
        }
        if (toFetch != null) {
            askForCell(toFetch);
        }
        for (NodeId stale : toRepair) {
            repair(stale);
        }
        if (complete) {
            if (isRegistered()) {
                context.speculativeDelay().record(context.clock().monotonicNanos() - beganNanos);
            }
            operation.onResult(result);
        }
        if (quiet) {
            unregister();
        }
    }

    private void askForCell(NodeId replica) {
        if (replica.equals(context.self())) {
            readLocally(false);
        } else {
            ask(replica, Verb.REPLICA_READ);
        }
    }

    private void ask(NodeId replica, Verb verb) {
        registerOnce();
        ByteWriter request = newRequest(verb, ReplicaMessages.headBytes(key));
        ReplicaMessages.putHead(request, epoch, map, key);
        context.messenger().send(replica, request);
    }

    private void readLocally(boolean mayBlock) {
        try {
            Cell cell = mayBlock
                    ? context.engine().read(map.id(), key)
                    : context.engine().readResident(map.id(), key);
            if (!StorageEngine.needsDisk(cell)) {
                onReadHere(cell);
            } else if (!context.scheduler().offer(Lane.READ, () -> readLocally(true))) {
                onRefused(context.self(), Refusal.OVERLOADED, "the read lane is full");
            }
        } catch (KvException e) {
            onRefused(context.self(), ReplicaService.refusalOf(e), String.valueOf(e.getMessage()));
        }
    }

    /** The fence is asked now: what this member gave away meanwhile it may not have had any more. */
    private void onReadHere(@Nullable Cell cell) {
        Verdict verdict = context.fence().admitRead(key.partition(), epoch);
        if (verdict == Verdict.SERVED) {
            onVersion(context.self(), cell == null ? null : cell.version(), cell);
        } else {
            onRefused(context.self(), verdict.refusal(), context.fence().describe(epoch));
        }
    }

    private void repair(NodeId stale) {
        Cell cell;
        synchronized (this) {
            cell = answers.newest();
        }
        if (cell == null) {
            return;
        }
        if (stale.equals(context.self())) {
            writeHere(key, cell, new LocalRepair());
            return;
        }
        registerOnce();
        context.messenger().send(stale, newWrite(key, cell));
    }

    private void registerOnce() {
        synchronized (this) {
            if (registered) {
                return;
            }
            registered = true;
        }
        register();
    }

    /** Takes the engine's answer to a repair of this member. */
    private final class LocalRepair implements WriteCallback {
        @Override
        public void onWritten(@Nullable Version newer) {
            onRepaired(context.self(), newer);
        }

        @Override
        public void onFailed(KvException reason) {
            onRefused(context.self(), ReplicaService.refusalOf(reason), String.valueOf(reason.getMessage()));
        }
    }
}
