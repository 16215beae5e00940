package io.kvmesh.metadata;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.metadata.NodeStore.KnownPeer;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Token;
import java.util.ArrayList;
import java.util.List;

/**
 * What a backup keeps of a node store: the member's tokens, and the members it knew. Not what speaks of the state of
 * the data, which is another after a restore. The bytes are described in docs/formats/backup.md. Stateless.
 */
public final class NodeStoreCopy {
    private static final int VERSION = 1;
    private static final int TOKEN_BYTES = 16;
    private static final int PEER_BYTES_MIN = 8 + 8 + 4 + 4 + 4;

    private NodeStoreCopy() {}

    /** Called where the store may be used. */
    public static byte[] encode(NodeStore store) {
        ByteWriter writer = new ByteWriter(1024).putByte(VERSION);
        put(writer, store.tokens());
        List<KnownPeer> peers = store.peers();
        writer.putInt(peers.size());
        for (KnownPeer peer : peers) {
            writer.putLong(peer.node().value()).putLong(peer.generation());
            writer.putString(peer.host()).putInt(peer.port());
            put(writer, peer.tokens());
        }
        return writer.toBytes();
    }

    private static void put(ByteWriter writer, List<Token> tokens) {
        writer.putInt(tokens.size());
        tokens.forEach(token -> writer.putLong(token.high()).putLong(token.low()));
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
        List<Token> tokens = tokens(reader);
        List<KnownPeer> peers = new ArrayList<>();
        int count = reader.readCount(PEER_BYTES_MIN);
        for (int i = 0; i < count; i++) {
            peers.add(new KnownPeer(
                    new NodeId(reader.readLong()),
                    reader.readLong(),
                    reader.readString(),
                    reader.readInt(),
                    tokens(reader)));
        }
        store.peers().forEach(peer -> store.removePeer(peer.node()));
        store.saveTokens(tokens);
        peers.forEach(store::savePeer);
    }

    private static List<Token> tokens(ByteReader reader) {
        List<Token> tokens = new ArrayList<>();
        int count = reader.readCount(TOKEN_BYTES);
        for (int i = 0; i < count; i++) {
            tokens.add(new Token(reader.readLong(), reader.readLong()));
        }
        return tokens;
    }
}
