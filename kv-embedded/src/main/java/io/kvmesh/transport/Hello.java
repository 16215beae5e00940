package io.kvmesh.transport;

import org.jspecify.annotations.Nullable;

/**
 * What a member says of itself before any data flows; two members talk only if their terms agree. Immutable.
 *
 * @param clusterName the name that all members of a mesh share
 * @param partitionCount into how many partitions the mesh cuts its ring
 * @param peer identity and generation
 * @param protocolLowest the oldest protocol version that the member still speaks
 * @param protocolHighest the newest protocol version that the member speaks
 */
public record Hello(String clusterName, int partitionCount, PeerId peer, int protocolLowest, int protocolHighest) {
    /** The longest cluster name in bytes of UTF-8. */
    public static final int CLUSTER_NAME_BYTES_MAX = 255;

    /** The terms of a member of this release. */
    public Hello(String clusterName, int partitionCount, PeerId peer) {
        this(clusterName, partitionCount, peer, FrameHeader.VERSION, FrameHeader.VERSION);
    }

    /** Why this member cannot talk to the other one, or null if it can. Names both values, the own one first. */
    @Nullable
    String disagreementWith(Hello other) {
        if (!clusterName.equals(other.clusterName)) {
            return "cluster name '" + clusterName + "' of member " + peer.node() + " is not '" + other.clusterName
                    + "' of member " + other.peer.node();
        }
        if (partitionCount != other.partitionCount) {
            return "partition count " + partitionCount + " of member " + peer.node() + " is not " + other.partitionCount
                    + " of member " + other.peer.node();
        }
        if (protocolLowest > other.protocolHighest || other.protocolLowest > protocolHighest) {
            return "protocol versions " + protocolLowest + " to " + protocolHighest + " of member " + peer.node()
                    + " have none in common with " + other.protocolLowest + " to " + other.protocolHighest
                    + " of member " + other.peer.node();
        }
        return null;
    }
}
