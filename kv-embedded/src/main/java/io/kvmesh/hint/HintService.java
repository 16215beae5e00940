package io.kvmesh.hint;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.model.HybridClock;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.replica.HintMessages;
import io.kvmesh.replica.HintMessages.HintRequest;
import io.kvmesh.replica.Refusal;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.InboundRequest;

/**
 * Answers members that ask this one to keep a hint. Immutable, safe for any thread.
 *
 * <p>The map must be known here, since this member may be the only one left to tell the target of it. The answer comes
 * after the hint is durable: the coordinator may count on it.
 */
final class HintService {
    private final StorageEngine engine;
    private final HybridClock stamps;
    private final HintedHandoff handoff;

    HintService(StorageEngine engine, HybridClock stamps, HintedHandoff handoff) {
        this.engine = engine;
        this.stamps = stamps;
        this.handoff = handoff;
    }

    void onHandoff(InboundRequest request, ByteReader payload) {
        HintRequest asked = HintMessages.readRequest(payload);
        MapDescriptor known = engine.map(asked.map());
        long stampMicros = asked.cell().version().timestampMicros();
        if (known == null) {
            HintMessages.replyUnknownMap(request);
        } else if (!asked.isOf(known)) {
            HintMessages.refuse(
                    request, Refusal.SPEC_MISMATCH, "map '" + known.name() + "' exists with other keys or values");
        } else if (stamps.isTooFarAhead(stampMicros)) {
            // Later, when it is replayed, the target could not tell any more.
            HintMessages.refuse(
                    request,
                    Refusal.CLOCK_AHEAD,
                    "the stamp of the hint lies " + stamps.aheadMicros(stampMicros) / 1_000
                            + " ms ahead of this member's clock");
        } else {
            handoff.keep(asked.target(), known, asked.key(), asked.cell(), new ReplyToKeeping(request));
        }
    }

    /** Answers once the hint is durable, or is not. */
    private record ReplyToKeeping(InboundRequest request) implements HintListener {
        @Override
        public void onKept() {
            HintMessages.replyKept(request);
        }

        @Override
        public void onNotKept(String reason) {
            HintMessages.refuse(request, Refusal.OTHER, reason);
        }
    }
}
