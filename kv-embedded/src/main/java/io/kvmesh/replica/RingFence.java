package io.kvmesh.replica;

import io.kvmesh.model.Mutation;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.runtime.ReaderEpochs;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.WriteCallback;

/**
 * Keeps out requests whose sender chose the replicas by a ring that does not hold here. Safe for any thread; states of
 * the ring are adopted by one thread at a time.
 *
 * <p>A request is served if the replicas of its partition have not changed since the state of the ring that its sender
 * knew, up to the state that this member knows. So a write that counted the replicas of an older ring cannot slip in
 * behind the copy that was taken for a newer one.
 *
 * <p>Writes are inside the fence from before they are admitted until they can be read. {@link #olderWritesAreIn} tells
 * when all those have left that may have been admitted before the present state was adopted: from then on, whoever
 * reads this member's cells sees every write that was ever admitted under an older state.
 */
public final class RingFence {
    private final ReaderEpochs writers = new ReaderEpochs();
    private volatile boolean readsHeld;
    private volatile Adopted adopted = new Adopted(RingEpoch.NONE, new long[0]);

    /** What becomes of a request. */
    public enum Verdict {
        SERVED,
        /** The replicas changed since the state of the ring that the sender knows, or it knows another ring. */
        STALE,
        /** The sender knows a state of the ring that this member does not know yet. */
        BEHIND,
        /** This member was away for so long that it must not answer reads yet. */
        REBUILDING;

        /** The refusal that stands for it. */
        public Refusal refusal() {
            Invariants.check(this != SERVED, "what is served is not refused");
            return switch (this) {
                case STALE -> Refusal.RING_STALE;
                case REBUILDING -> Refusal.REBUILDING;
                default -> Refusal.RING_BEHIND;
            };
        }
    }

    /**
     * From now on requests are judged by this state of the ring. To be called before coordinators of this member use
     * it, and for every state once.
     *
     * @param changedAt by partition, the number of the state with which its replicas changed last
     */
    public void adopt(RingEpoch epoch, long[] changedAt) {
        RingEpoch before = adopted.epoch;
        Invariants.check(!before.isAfter(epoch), "the ring went back from state %s to %s", before, epoch);
        Adopted next = new Adopted(epoch, changedAt.clone());
        next.olderWritesAreIn = false;
        adopted = next;
        writers.retire(() -> next.olderWritesAreIn = true);
    }

    /** The state of the ring that this member knows; {@link RingEpoch#NONE} if it is in none. */
    public RingEpoch epoch() {
        return adopted.epoch;
    }

    /** Whether a request for this partition is served, whose sender knows this state of the ring. */
    public Verdict admit(int partition, RingEpoch asked) {
        return adopted.admit(partition, partition, asked);
    }

    /** As {@link #admit(int, RingEpoch)}, for the reading of a key, which a member that lacks too much refuses. */
    public Verdict admitRead(int partition, RingEpoch asked) {
        Verdict verdict = admit(partition, asked);
        return verdict == Verdict.SERVED && readsHeld ? Verdict.REBUILDING : verdict;
    }

    /** From now on no keys are read here. Before this member takes up a state of the ring. */
    public void holdReads() {
        readsHeld = true;
    }

    /** From now on keys are read here as by any other replica. */
    public void releaseReads() {
        readsHeld = false;
    }

    /** As {@link #admit(int, RingEpoch)}, for partitions that follow each other, as far as the ring has them. */
    Verdict admit(int first, int last, RingEpoch asked) {
        return adopted.admit(first, last, asked);
    }

    /**
     * Hands a write to the engine if it is admitted. Otherwise nothing is done, and the callback is not called.
     *
     * @param asked the state of the ring by which the sender of the write chose its replicas
     */
    public Verdict write(StorageEngine engine, RingEpoch asked, Mutation mutation, WriteCallback callback) {
        int place = writers.enter();
        try {
            Verdict verdict = admit(mutation.key().partition(), asked);
            if (verdict == Verdict.SERVED) {
                engine.write(mutation, callback);
            }
            return verdict;
        } finally {
            writers.leave(place);
        }
    }

    /** Whether every write that was admitted under an older state of the ring than the present one can be read. */
    public boolean olderWritesAreIn() {
        Adopted present = adopted;
        // Once for those that were inside before the last state but one, and once for those after.
        for (int i = 0; i < 2 && !present.olderWritesAreIn; i++) {
            writers.advance();
        }
        return present.olderWritesAreIn;
    }

    /** Why a request is refused, for people. */
    public String describe(RingEpoch asked) {
        if (readsHeld) {
            return "it was away for longer than gc grace, and is compared with other replicas first; it knows state "
                    + epoch();
        }
        return "it was sent by state " + asked + ", and this member knows state " + epoch();
    }

    /** One state of the ring. All but the flag is fixed; the flag is set once. */
    private static final class Adopted {
        final RingEpoch epoch;
        final long[] changedAt;
        volatile boolean olderWritesAreIn = true;

        Adopted(RingEpoch epoch, long[] changedAt) {
            this.epoch = epoch;
            this.changedAt = changedAt;
        }

        Verdict admit(int first, int last, RingEpoch asked) {
            if (epoch.equals(RingEpoch.NONE)) {
                return asked.equals(RingEpoch.NONE) ? Verdict.SERVED : Verdict.BEHIND;
            }
            if (asked.lineage() != epoch.lineage()) {
                return Verdict.STALE;
            }
            if (asked.number() > epoch.number()) {
                return Verdict.BEHIND;
            }
            int end = Math.min(last, changedAt.length - 1);
            for (int partition = first; partition <= end; partition++) {
                if (asked.number() < changedAt[partition]) {
                    return Verdict.STALE;
                }
            }
            return Verdict.SERVED;
        }
    }
}
