package io.kvmesh.coordinator;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.replica.HintMessages;
import io.kvmesh.replica.Refusal;
import io.kvmesh.replica.ReplyStatus;
import io.kvmesh.transport.Verb;
import org.jspecify.annotations.Nullable;

/** Asks one member to keep a hint, and tells once what became of that. Guarded by its own monitor. */
final class HintExchange extends ReplicaExchange {
    private final Key key;
    private final Cell cell;
    private final NodeId target;
    private final NodeId holder;
    private final Listener listener;
    private boolean done;

    /** Told once what became of the hint. */
    interface Listener {
        /** The holder has it on stable storage. */
        void onKept();

        /** The holder did not say that it keeps it. Null, or any refusal but a failure: it does not. */
        void onNotKept(@Nullable Refusal refusal, String reason);
    }

    private HintExchange(
            CoordinatorContext context,
            MapDescriptor map,
            Key key,
            Cell cell,
            NodeId target,
            NodeId holder,
            long patienceNanos,
            Listener listener) {
        // Not within the time of the write, which may be over.
        super(
                context,
                map,
                context.clock().monotonicNanos() + patienceNanos,
                context.view().get().epoch());
        this.key = key;
        this.cell = cell;
        this.target = target;
        this.holder = holder;
        this.listener = listener;
    }

    /**
     * Asks.
     *
     * @param patienceNanos how long to wait for the answer
     * @throws io.kvmesh.api.KvException if this member has too much under way; the listener is not told then
     */
    static void start(
            CoordinatorContext context,
            MapDescriptor map,
            Key key,
            Cell cell,
            NodeId target,
            NodeId holder,
            long patienceNanos,
            Listener listener) {
        HintExchange exchange = new HintExchange(context, map, key, cell, target, holder, patienceNanos, listener);
        exchange.register();
        exchange.askAgain(holder);
    }

    @Override
    void askAgain(NodeId replica) {
        ByteWriter request = newRequest(Verb.HINTED_HANDOFF, HintMessages.requestBytes(key, cell));
        HintMessages.putRequest(request, map, key, target, cell);
        context.messenger().send(holder, request);
    }

    @Override
    void onAnswer(NodeId from, ReplyStatus status, ByteReader payload) {
        if (status != ReplyStatus.WRITTEN) {
            onRefused(from, Refusal.OTHER, "answered with " + status);
        } else if (end()) {
            listener.onKept();
        }
    }

    @Override
    void onRefused(NodeId from, @Nullable Refusal refusal, String text) {
        if (end()) {
            listener.onNotKept(refusal, text);
        }
    }

    @Override
    public void onTick(long nowNanos) {
        if (nowNanos >= deadlineNanos) {
            onRefused(holder, Refusal.FAILED, "it did not answer in time");
        }
    }

    /** False if it was over before. */
    private boolean end() {
        synchronized (this) {
            if (done) {
                return false;
            }
            done = true;
        }
        unregister();
        return true;
    }
}
