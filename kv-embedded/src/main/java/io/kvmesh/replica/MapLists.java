package io.kvmesh.replica;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.replica.RingFence.Verdict;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.InboundRequest;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.Verb;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells members that fetch partitions which maps there are. Safe for any thread.
 *
 * <p>As for pages, the list is complete for all writes that were admitted under an older state of the ring: one that
 * teaches this member another map afterwards goes to the member that asks, too.
 */
public final class MapLists {
    private static final int DESCRIPTOR_BYTES = 128;
    private static final int DESCRIPTOR_BYTES_MIN = 3 * Integer.BYTES;

    private final StorageEngine engine;
    private final RingFence fence;

    public MapLists(StorageEngine engine, RingFence fence) {
        this.engine = engine;
        this.fence = fence;
    }

    /** Takes over MAP_LIST of a messenger. */
    public void register(Messenger messenger) {
        messenger.handle(Verb.MAP_LIST, this::onList);
    }

    private void onList(InboundRequest request, ByteReader payload) {
        RingEpoch asked = ReplicaMessages.readEpoch(payload);
        Verdict verdict = fence.epoch().lineage() != asked.lineage() ? Verdict.STALE : Verdict.SERVED;
        if (asked.isAfter(fence.epoch())) {
            verdict = Verdict.BEHIND;
        }
        if (verdict != Verdict.SERVED) {
            Replies.refuse(request, fence, verdict, asked);
            return;
        }
        if (!fence.olderWritesAreIn()) {
            request.replyOverloaded();
            return;
        }
        List<MapDescriptor> maps = engine.maps();
        ByteWriter reply = request.newReply(Replies.SMALL_BYTES + maps.size() * DESCRIPTOR_BYTES);
        ReplicaMessages.putStatus(reply, ReplyStatus.MAPS);
        reply.putInt(maps.size());
        maps.forEach(map -> ReplicaMessages.putDescriptor(reply, map));
        request.reply(reply);
    }

    /** The room that {@link #putRequest} needs. */
    public static int requestBytes() {
        return 2 * Long.BYTES;
    }

    /**
     * Asks for all maps.
     *
     * @param epoch the state of the ring that the receiver must know at least
     */
    public static void putRequest(ByteWriter writer, RingEpoch epoch) {
        ReplicaMessages.putEpoch(writer, epoch);
    }

    /** What follows the status of a reply. */
    public static List<MapDescriptor> readMaps(ByteReader payload) {
        int count = payload.readCount(DESCRIPTOR_BYTES_MIN);
        List<MapDescriptor> maps = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            maps.add(ReplicaMessages.readDescriptor(payload));
        }
        if (payload.remaining() > 0) {
            throw new MalformedBytesException(payload.remaining() + " bytes follow a list of maps");
        }
        return maps;
    }
}
