package io.kvmesh.node;

import io.kvmesh.api.KvConfig;
import io.kvmesh.metadata.HintStore;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.runtime.Blocking;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.transport.Transport;
import java.nio.file.Path;

/**
 * Everything that a member may know of the world outside: time, threads, files, randomness, the network and its own
 * memory of the mesh. Immutable. Only the composition root sees it whole; every other class takes the parts it uses.
 *
 * @param clock tells wall and monotonic time
 * @param scheduler runs the member's tasks; closed with the member
 * @param blocking the way in which callers wait for an operation
 * @param files the member's disk
 * @param random where all of the member's random numbers come from
 * @param transports makes the transport when the member enters a mesh; a store that is alone never calls it
 * @param nodeStores opens the node store when the member enters a mesh; a store that is alone never calls it
 * @param hintStores opens the hint store when the member has entered a mesh; a store that is alone never calls it
 */
public record Environment(
        Clock clock,
        Scheduler scheduler,
        Blocking blocking,
        FileSystem files,
        RandomSource random,
        TransportFactory transports,
        NodeStoreFactory nodeStores,
        HintStoreFactory hintStores) {

    /** Makes the transport of a member. */
    @FunctionalInterface
    public interface TransportFactory {
        /** A transport that is not started yet. */
        Transport create(KvConfig config);
    }

    /** Opens the node store of a member. */
    @FunctionalInterface
    public interface NodeStoreFactory {
        /** Opens the node store kept in this directory, or creates an empty one. */
        NodeStore open(Path directory);
    }

    /** Opens the hint store of a member. */
    @FunctionalInterface
    public interface HintStoreFactory {
        /** Opens the hint store kept in this directory, or creates an empty one. */
        HintStore open(Path directory);
    }
}
