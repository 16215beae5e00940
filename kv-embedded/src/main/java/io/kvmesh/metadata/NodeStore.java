package io.kvmesh.metadata;

import io.kvmesh.model.NodeId;
import java.util.List;
import java.util.Optional;

/**
 * What a mesh member remembers between runs besides its data: the members it knew, and named
 * records, the state of the ring among them. One thread at a
 * time (the control lane). Every call is durable when it returns, and throws {@link NodeStoreException} when it is not.
 */
public interface NodeStore extends AutoCloseable {

    /** All members that were saved and not removed, ordered by identity. */
    List<KnownPeer> peers();

    /** Adds a member, or replaces what was known of it. */
    void savePeer(KnownPeer peer);

    /** Forgets a member. No error if it is unknown. */
    void removePeer(NodeId peer);

    /** What was saved under a name, if anything was. The array is the caller's. */
    Optional<byte[]> record(String name);

    /** Saves bytes under a name, in place of what was there. */
    void saveRecord(String name, byte[] bytes);

    @Override
    void close();

    /**
     * What is remembered of another member.
     *
     * @param generation the latest generation that was seen
     */
    record KnownPeer(NodeId node, long generation, String host, int port) {}
}
