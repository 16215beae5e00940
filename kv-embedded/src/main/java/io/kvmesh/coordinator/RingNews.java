package io.kvmesh.coordinator;

import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;

/** Learns of states of the ring that differ from the one that an operation went by. Called on any thread; short. */
@FunctionalInterface
public interface RingNews {

    /**
     * A replica refused a request because it knows another state of the ring, or none.
     *
     * @param theirs what the replica knows: later, earlier, or of another ring
     */
    void onOtherEpoch(NodeId from, RingEpoch theirs);
}
