package io.kvmesh.coordinator;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvException;
import io.kvmesh.api.WriteTimeoutException;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Version;
import org.jspecify.annotations.Nullable;

/**
 * Writes one value, or a tombstone. Guarded by its own monitor.
 *
 * <ol>
 *   <li>If fewer replicas are alive than the level requires, and nobody may stand in for the others, it fails before
 *       anything is written.
 *   <li>It stamps the cell, sends it to all replicas that are alive, and succeeds with the required number of
 *       acknowledgements.
 *   <li>If one of those had a newer version from another member, or from an earlier life of this one, this write would
 *       be lost to an older one whenever the clock ran ahead there. So it stamps the cell again, above that version,
 *       and sends it once more. Once is enough: the acknowledgements overlap with those of every write that ended
 *       before this one began, so whatever is newer than the second stamp ran at the same time.
 *   <li>If replicas refuse because they know another state of the ring, it writes the same cell again by the ring that
 *       this member learns of, until its time is over.
 * </ol>
 */
public final class WriteOperation extends Operation<Void> {
    private final MapDescriptor map;
    private final Key key;
    private final byte @Nullable [] value;
    private final ConsistencyLevel level;
    private final Quorum quorum;
    private @Nullable WriteRound round;
    private boolean stampedAgain;
    /** Whether it is open if a round before this one left the cell anywhere. */
    private boolean maybeApplied;
    /** The greatest stamp that this member gave before this write began. Written by the thread that starts it. */
    private volatile long givenBeforeMicros = Long.MAX_VALUE;

    WriteOperation(
            CoordinatorContext context,
            MapDescriptor map,
            Key key,
            byte @Nullable [] value,
            ConsistencyLevel level,
            Quorum quorum,
            long deadlineNanos) {
        super(context, deadlineNanos);
        this.map = map;
        this.key = key;
        this.value = value;
        this.level = level;
        this.quorum = quorum;
    }

    void start() {
        ReplicaPlan plan = plan();
        if (!plan.isPossible()) {
            fail(plan.unavailable("write"));
            return;
        }
        givenBeforeMicros = context.stamps().latestGivenMicros();
        startRound(plan);
    }

    /** The round has its quorum. */
    void onReached(@Nullable Version newer) {
        if (isDone()) {
            // Too late: a second stamp could hide what was written since the caller was told of the failure.
            return;
        }
        if (newer == null || beganLaterHere(newer) || !claimSecondStamp()) {
            succeed(null);
            return;
        }
        ReplicaPlan plan = plan();
        if (!plan.isPossible()) {
            fail(timeout("too few replicas are left to write it again with a newer stamp"));
        } else if (!context.stamps().isTooFarAhead(newer.timestampMicros())) {
            context.stamps().observe(newer.timestampMicros());
            startRound(plan);
        } else if (plan.isHeldOnlyBy(context.self())) {
            // Nobody else can refuse the stamp, and nobody else's writes may be stamped like this.
            startRound(plan, newer.timestampMicros() + 1, context.stamps().offsetMicros());
        } else {
            fail(timeout("a version is stored that is stamped "
                    + context.stamps().aheadMicros(newer.timestampMicros()) / 1_000
                    + " ms ahead of this member's clock, and hides it"));
        }
    }

    /** The round cannot get its quorum any more. */
    void onImpossible(WriteRound failed) {
        if (noteAttempt(failed)) {
            fail(timeout("too many replicas failed"));
        } else {
            fail(failed.failures()
                    .nothingDone(describe() + " was not written", context.view().get()));
        }
    }

    /**
     * The round failed because the ring is changing, and it is time to try the same cell by the newest ring. False if
     * too few replicas are alive for that now.
     */
    boolean beginAgain(WriteRound failed) {
        if (isDone()) {
            return true;
        }
        ReplicaPlan plan = plan();
        if (!plan.isPossible()) {
            return false;
        }
        noteAttempt(failed);
        try {
            startRound(plan, failed.cell(), failed.clockOffsetMicros());
        } catch (KvException e) {
            fail(timeout("it cannot be written again while the ring is changing: " + e.getMessage()));
        }
        return true;
    }

    /** Whether it is open by now if some replica applied the write. */
    private synchronized boolean noteAttempt(WriteRound failed) {
        maybeApplied |= failed.mayHaveBeenApplied();
        return maybeApplied;
    }

    @Override
    void expire() {
        if (isDone()) {
            return;
        }
        WriteRound last;
        synchronized (this) {
            last = round;
        }
        String ring = last != null && last.ringWait.isWaiting() ? RingWait.CHANGING : "";
        fail(timeout("its time of " + context.operationTimeoutNanos() / 1_000_000 + " ms is over" + ring));
    }

    @Override
    KvException interrupted(InterruptedException cause) {
        WriteTimeoutException failure = timeout("the calling thread was interrupted");
        failure.initCause(cause);
        return failure;
    }

    private ReplicaPlan plan() {
        ClusterView view = context.view().get();
        StandIns standIns = StandIns.of(context.handoff(), view, key.partition(), level, quorum);
        return ReplicaPlan.ofWrite(view, key.partition(), level, standIns);
    }

    /**
     * Whether a newer version is of a write that began on this member after this one. One above all stamps of this life
     * of the member is of an earlier life, before its clock was set back; one that is not above those given before this
     * write began is of an older write, whose stamp its clock has taken back.
     */
    private boolean beganLaterHere(Version newer) {
        long newerMicros = newer.timestampMicros();
        return newer.origin().equals(context.self())
                && newerMicros > givenBeforeMicros
                && newerMicros <= context.stamps().latestGivenMicros();
    }

    private synchronized boolean claimSecondStamp() {
        boolean first = !stampedAgain;
        stampedAgain = true;
        return first;
    }

    private void startRound(ReplicaPlan plan) {
        // Before the stamp: if the clock jumps between, a stamp that follows it must not count for the old offset.
        long clockOffsetMicros = context.stamps().offsetMicros();
        startRound(plan, context.stamps().next(), clockOffsetMicros);
    }

    private void startRound(ReplicaPlan plan, long stampMicros, long clockOffsetMicros) {
        Version version = new Version(stampMicros, context.self());
        Cell cell = value == null ? Cell.tombstone(version) : Cell.of(value, version);
        startRound(plan, cell, clockOffsetMicros);
    }

    private void startRound(ReplicaPlan plan, Cell cell, long clockOffsetMicros) {
        WriteRound next = new WriteRound(context, this, map, key, cell, clockOffsetMicros, plan);
        synchronized (this) {
            round = next;
        }
        next.start();
    }

    private String describe() {
        return "key " + key + " of map '" + map.name() + "' at " + level;
    }

    private WriteTimeoutException timeout(String reason) {
        WriteRound last;
        synchronized (this) {
            last = round;
        }
        ClusterView view = context.view().get();
        String state = last == null
                ? ""
                : "; acknowledged by " + last.acknowledged()
                        + (last.stoodIn() == 0 ? "" : ", kept by others for " + last.stoodIn())
                        + ", no answer from "
                        + FailureLog.names(view, last.pending())
                        + last.failures().describe(view);
        return new WriteTimeoutException(
                describe() + " may or may not be written: " + reason + state + ". Writing it again is safe.");
    }
}
