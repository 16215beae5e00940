package io.kvmesh.replica;

import io.kvmesh.api.KvException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Key;
import io.kvmesh.replica.PageMessages.KeyedCell;
import io.kvmesh.replica.PageMessages.Page;
import io.kvmesh.replica.PageMessages.RestOfRequest;
import io.kvmesh.replica.ReplicaMessages.Head;
import io.kvmesh.replica.RingFence.Verdict;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.CellCursor;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.InboundRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests for pages of many keys, on the read lane. Safe for any thread.
 *
 * <p>A page shows every write that was admitted under an older state of the ring than the request's, or it is refused:
 * who copies a partition for a change of the ring would else miss such a write for ever.
 */
final class PageService {
    private static final int PARTITION_MAX = 0xFFFF;

    private final StorageEngine engine;
    private final Scheduler scheduler;
    private final RingFence fence;

    PageService(StorageEngine engine, Scheduler scheduler, RingFence fence) {
        this.engine = engine;
        this.scheduler = scheduler;
        this.fence = fence;
    }

    void onPage(InboundRequest request, ByteReader payload) {
        Head head = ReplicaMessages.readHead(payload);
        RestOfRequest rest = PageMessages.readRest(head.key(), payload);
        if (!scheduler.offer(Lane.READ, () -> readPage(request, head, rest))) {
            request.replyOverloaded();
        }
    }

    private void readPage(InboundRequest request, Head head, RestOfRequest rest) {
        // The map is looked for behind the fence: a write that is under way may be the first one of its map.
        if (request.isExpired() || !isAdmitted(request, head, rest) || !Replies.isKnown(engine, request, head.of())) {
            return;
        }
        List<KeyedCell> cells = new ArrayList<>();
        int bytes = 0;
        boolean more = false;
        try (CellCursor cursor = scan(head, rest)) {
            while (!more && cursor.next()) {
                if (bytes < rest.bytesMax()) {
                    KeyedCell record = new KeyedCell(cursor.key(), cursor.cell());
                    cells.add(record);
                    bytes += PageMessages.recordBytes(record);
                } else {
                    more = true;
                }
            }
        } catch (KvException e) {
            Replies.refuse(request, e);
            return;
        }
        if (isAdmitted(request, head, rest)) {
            ByteWriter reply = request.newReply(Replies.SMALL_BYTES + bytes);
            PageMessages.putPage(reply, new Page(cells, more));
            request.reply(reply);
        }
    }

    private CellCursor scan(Head head, RestOfRequest rest) {
        return rest.despiteLosses()
                ? engine.scanDespiteLosses(head.map(), head.key(), rest.to())
                : engine.scan(head.map(), head.key(), rest.to());
    }

    /** Whether the page can be read now; if not, the request is answered so. */
    private boolean isAdmitted(InboundRequest request, Head head, RestOfRequest rest) {
        Verdict verdict = fence.admit(head.key().partition(), lastPartition(rest.to()), head.epoch());
        if (verdict != Verdict.SERVED) {
            Replies.refuse(request, fence, verdict, head.epoch());
            return false;
        }
        if (!fence.olderWritesAreIn()) {
            Replies.refuse(request, Refusal.OVERLOADED, "older writes are under way; ask again");
            return false;
        }
        return true;
    }

    /** The last partition of which a key may lie before this one; the greatest there can be if there is no end. */
    private static int lastPartition(@Nullable Key end) {
        if (end == null) {
            return PARTITION_MAX;
        }
        return end.length() == Key.PARTITION_BYTES ? end.partition() - 1 : end.partition();
    }
}
