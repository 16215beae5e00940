package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.model.Hash128;
import io.kvmesh.model.Key;
import io.kvmesh.repair.PartitionWalk.Stop;

/**
 * Builds the tree of a partition in the background, in steps and at a bounded speed. Its steps follow each other.
 *
 * <p>What is written meanwhile may be in the tree or not, and then looks like a difference; that costs a few bytes and
 * does no harm.
 */
final class TreeBuilding {
    private final RepairSeams seams;
    private final CompareScope scope;
    private final Listener listener;
    private final CellDigest digest = new CellDigest();
    private final MerkleTree.Builder builder = new MerkleTree.Builder();
    private Key next;

    /** Told once, in the background. */
    interface Listener {
        void onBuilt(MerkleTree.Builder built);

        void onFailed(KvException reason);
    }

    private TreeBuilding(RepairSeams seams, CompareScope scope, Listener listener) {
        this.seams = seams;
        this.scope = scope;
        this.listener = listener;
        this.next = scope.span().from();
    }

    static void start(RepairSeams seams, CompareScope scope, Listener listener) {
        seams.later(new TreeBuilding(seams, scope, listener)::step);
    }

    private void step() {
        Stop stop;
        try {
            stop = PartitionWalk.walk(seams.engine(), scope, next, RepairSeams.STEP_BYTES_MAX, record -> {
                Hash128 key = CellDigest.ofKey(record);
                builder.add(key, digest.of(record, key, scope.nowMicros()));
                return true;
            });
        } catch (KvException e) {
            listener.onFailed(e);
            return;
        }
        Key from = stop.next();
        if (from != null) {
            next = from;
            seams.laterThan(stop.bytes(), this::step);
        } else {
            seams.laterThan(stop.bytes(), () -> listener.onBuilt(builder));
        }
    }
}
