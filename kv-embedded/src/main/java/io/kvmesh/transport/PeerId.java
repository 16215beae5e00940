package io.kvmesh.transport;

import io.kvmesh.model.NodeId;

/**
 * One run of a member: its identity and the generation of its process, which grows with every start. Frames for an
 * earlier generation never reach a later one. Immutable.
 */
public record PeerId(NodeId node, long generation) {

    @Override
    public String toString() {
        return node + "/" + generation;
    }
}
