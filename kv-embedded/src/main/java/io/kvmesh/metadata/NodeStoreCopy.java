package io.kvmesh.metadata;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.metadata.NodeStore.KnownPeer;
import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.List;

/**
 * What a backup keeps of a node store: the state of the ring, and the members it knew. Not what speaks of the state of
 * the data, which is another after a restore. The bytes are described in docs/formats/backup.md. Stateless.
 */
public final class NodeStoreCopy {
    private static final int VERSION = 2;
    private static final int PEER_BYTES_MIN = 8 + 8 + 4 + 4;
    /** What a member knew of the ring. Not its votes: who comes back from a backup must not vote as if it were new. */
    private static final String RING = "ring";

    private NodeStoreCopy() {}

    /** Called where the store may be used. */
    public static byte[] encode(NodeStore store) {
        ByteWriter writer = new ByteWriter(1024).putByte(VERSION);
        writer.putSizedBytes(store.record(RING).orElse(new byte[0]));
        List<KnownPeer> peers = store.peers();
        writer.putInt(peers.size());
        for (KnownPeer peer : peers) {
            writer.putLong(peer.node().value()).putLong(peer.generation());
            writer.putString(peer.host()).putInt(peer.port());
        }
        return writer.toBytes();
    }

    /**
     * Makes a store hold what was encoded, and nothing else.
     *
     * @throws MalformedBytesException if the bytes are not those of a store, or of a later version
     */
    public static void decode(byte[] bytes, NodeStore store) {
        ByteReader reader = new ByteReader(bytes);
        int version = reader.readByte();
        if (version != VERSION) {
            throw new MalformedBytesException("the copy of a node store has version " + version + ", not " + VERSION);
        }
        byte[] ring = reader.readSizedBytes();
        List<KnownPeer> peers = new ArrayList<>();
        int count = reader.readCount(PEER_BYTES_MIN);
        for (int i = 0; i < count; i++) {
            peers.add(new KnownPeer(
                    new NodeId(reader.readLong()), reader.readLong(), reader.readString(), reader.readInt()));
        }
        store.peers().forEach(peer -> store.removePeer(peer.node()));
        if (ring.length > 0) {
            store.saveRecord(RING, ring);
        }
        peers.forEach(store::savePeer);
    }
}
