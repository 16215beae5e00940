package io.kvmesh.replica;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.replica.ReplicaMessages.KeyOfMap;
import io.kvmesh.transport.InboundRequest;

/** The payloads by which a member is asked to keep a hint, as docs/formats/hints.md states them. Stateless. */
public final class HintMessages {
    private static final int TARGET_BYTES = 8;
    private static final int SMALL_REPLY_BYTES = 32;

    private HintMessages() {}

    /** Asks to keep a cell for a replica that missed it. */
    public record HintRequest(NodeId target, MapId map, int descriptorHash, Key key, Cell cell) {
        /** Whether requester and receiver mean the same by the map. */
        public boolean isOf(MapDescriptor known) {
            return descriptorHash == ReplicaMessages.descriptorHash(known);
        }
    }

    /** The room that {@link #putRequest} needs. */
    public static int requestBytes(Key key, Cell cell) {
        return ReplicaMessages.keyBytes(key) + TARGET_BYTES + ReplicaMessages.cellBytes(cell);
    }

    public static void putRequest(ByteWriter to, MapDescriptor map, Key key, NodeId target, Cell cell) {
        ReplicaMessages.putKey(to, map, key);
        to.putLong(target.value());
        ReplicaMessages.putCell(to, cell);
    }

    public static HintRequest readRequest(ByteReader from) {
        KeyOfMap key = ReplicaMessages.readKey(from);
        NodeId target = new NodeId(from.readLong());
        return new HintRequest(target, key.map(), key.descriptorHash(), key.key(), ReplicaMessages.readCell(from));
    }

    /** The hint is durable. */
    public static void replyKept(InboundRequest request) {
        reply(request, ReplyStatus.WRITTEN);
    }

    /** The map must be made known first. */
    public static void replyUnknownMap(InboundRequest request) {
        reply(request, ReplyStatus.UNKNOWN_MAP);
    }

    public static void refuse(InboundRequest request, Refusal refusal, String text) {
        ByteWriter reply = request.newReply(SMALL_REPLY_BYTES + text.length());
        ReplicaMessages.putRefusal(reply, refusal, text);
        request.reply(reply);
    }

    private static void reply(InboundRequest request, ReplyStatus status) {
        ByteWriter reply = request.newReply(SMALL_REPLY_BYTES);
        ReplicaMessages.putStatus(reply, status);
        request.reply(reply);
    }
}
