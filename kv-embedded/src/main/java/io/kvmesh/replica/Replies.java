package io.kvmesh.replica;

import io.kvmesh.api.KvException;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Cell;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.model.Version;
import io.kvmesh.replica.ReplicaMessages.KeyOfMap;
import io.kvmesh.replica.RingFence.Verdict;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.InboundRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a replica answers. Stateless. */
final class Replies {
    /** The room of a reply without a cell and without a text. */
    static final int SMALL_BYTES = 32;

    private static final Logger LOG = LoggerFactory.getLogger(Replies.class);

    private Replies() {}

    static ByteWriter status(InboundRequest request, ReplyStatus status) {
        ByteWriter reply = request.newReply(SMALL_BYTES);
        ReplicaMessages.putStatus(reply, status);
        return reply;
    }

    static ByteWriter version(InboundRequest request, ReplyStatus status, Version version) {
        ByteWriter reply = status(request, status);
        ReplicaMessages.putVersion(reply, version);
        return reply;
    }

    static ByteWriter cell(InboundRequest request, Cell cell) {
        ByteWriter reply = request.newReply(SMALL_BYTES + ReplicaMessages.cellBytes(cell));
        ReplicaMessages.putStatus(reply, ReplyStatus.CELL);
        ReplicaMessages.putCell(reply, cell);
        return reply;
    }

    static void refuse(InboundRequest request, KvException reason) {
        refuse(request, ReplicaService.refusalOf(reason), String.valueOf(reason.getMessage()));
    }

    static void refuse(InboundRequest request, Refusal refusal, String text) {
        LOG.debug("refused a request of {}: {} {}", request.from(), refusal, text);
        ByteWriter reply = request.newReply(SMALL_BYTES + text.length());
        ReplicaMessages.putRefusal(reply, refusal, text);
        request.reply(reply);
    }

    /** Refuses what the fence does not admit. */
    static void refuse(InboundRequest request, RingFence fence, Verdict verdict, RingEpoch asked) {
        String text = fence.describe(asked);
        if (!verdict.refusal().isOfRing()) {
            refuse(request, verdict.refusal(), text);
            return;
        }
        LOG.debug("refused a request of {}: {} {}", request.from(), verdict, text);
        ByteWriter reply = request.newReply(SMALL_BYTES + text.length());
        ReplicaMessages.putRingRefusal(reply, verdict.refusal(), text, fence.epoch());
        request.reply(reply);
    }

    /** Whether the map is known here with the same descriptor; if not, the request is answered so. */
    static boolean isKnown(StorageEngine engine, InboundRequest request, KeyOfMap key) {
        MapDescriptor known = engine.map(key.map());
        if (known == null) {
            request.reply(status(request, ReplyStatus.UNKNOWN_MAP));
            return false;
        }
        if (ReplicaMessages.descriptorHash(known) != key.descriptorHash()) {
            refuse(
                    request,
                    Refusal.SPEC_MISMATCH,
                    "map '" + known.name() + "' exists with keys " + known.keyCodec() + " and values "
                            + known.valueCodec());
            return false;
        }
        return true;
    }
}
