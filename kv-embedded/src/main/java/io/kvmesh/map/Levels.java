package io.kvmesh.map;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.coordinator.Quorum;
import java.util.Objects;

/** What one view of a map asks of replicas. Immutable. */
public record Levels(ConsistencyLevel read, ConsistencyLevel write, Quorum writeQuorum) {
    /** @throws NullPointerException if a level is missing, naming it */
    public Levels {
        Objects.requireNonNull(read, "readLevel");
        Objects.requireNonNull(write, "writeLevel");
    }

    Levels with(ConsistencyLevel newRead, ConsistencyLevel newWrite) {
        return new Levels(newRead, newWrite, writeQuorum);
    }

    @Override
    public String toString() {
        return "reading at " + read + ", writing at " + write
                + (writeQuorum == Quorum.SLOPPY ? " with a sloppy quorum" : "");
    }
}
