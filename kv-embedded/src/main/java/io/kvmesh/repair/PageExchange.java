package io.kvmesh.repair;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.replica.PageMessages;
import io.kvmesh.replica.PageMessages.Page;
import io.kvmesh.replica.ReplicaMessages;
import io.kvmesh.replica.ReplyStatus;
import io.kvmesh.runtime.Clock;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.Verb;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Asks one member for one page, and tells once what became of it. Guarded by its own monitor. */
final class PageExchange implements ReplyHandler {
    private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Told once, on a transport's thread or on the control lane. */
    interface Listener {
        void onPage(Page page);

        /** There is no page, for a reason that names the member. */
        void onFailed(String reason);
    }

    private final Messenger messenger;
    private final NodeId source;
    private final KeySpan span;
    private final long deadlineNanos;
    private final Listener listener;
    private long correlation;
    private boolean done;

    private PageExchange(Messenger messenger, NodeId source, KeySpan span, long deadlineNanos, Listener listener) {
        this.messenger = messenger;
        this.source = source;
        this.span = span;
        this.deadlineNanos = deadlineNanos;
        this.listener = listener;
    }

    /**
     * @param epoch the state of the ring by which the source was chosen
     * @param despiteLosses whether what the source can read is enough
     */
    static void start(
            Messenger messenger,
            Clock clock,
            NodeId source,
            RingEpoch epoch,
            MapDescriptor map,
            KeySpan span,
            boolean despiteLosses,
            Listener listener) {
        long deadlineNanos = clock.monotonicNanos() + TIMEOUT_NANOS;
        new PageExchange(messenger, source, span, deadlineNanos, listener).send(epoch, map, despiteLosses);
    }

    private void send(RingEpoch epoch, MapDescriptor map, boolean despiteLosses) {
        long registered = messenger.begin(this, deadlineNanos);
        synchronized (this) {
            correlation = registered;
        }
        ByteWriter request =
                messenger.newRequest(Verb.REPLICA_PAGE, registered, deadlineNanos, PageMessages.requestBytes(span));
        PageMessages.putRequest(request, epoch, map, span, PageMessages.PAGE_BYTES_MAX, despiteLosses);
        messenger.send(source, request);
    }

    @Override
    public void onReply(NodeId from, ByteReader payload) {
        try {
            ReplyStatus status = ReplicaMessages.readStatus(payload);
            switch (status) {
                case PAGE -> onPage(PageMessages.readPage(payload, span));
                // It never got a write of this map, so it has none.
                case UNKNOWN_MAP -> onPage(new Page(List.of(), false));
                case REFUSED ->
                    fail("refused (" + ReplicaMessages.readRefusal(payload) + ": " + payload.readString() + ")");
                default -> fail("answered with " + status);
            }
        } catch (MalformedBytesException e) {
            fail("answered with what is no page: " + e.getMessage());
        }
    }

    @Override
    public void onFailure(NodeId from, Failure failure) {
        fail(failure == Failure.NO_SESSION ? "is not connected" : "did not answer (" + failure + ")");
    }

    @Override
    public void onTick(long nowNanos) {
        if (nowNanos >= deadlineNanos) {
            fail("did not answer within " + TimeUnit.NANOSECONDS.toSeconds(TIMEOUT_NANOS) + " s");
        }
    }

    private void onPage(Page page) {
        if (end()) {
            listener.onPage(page);
        }
    }

    private void fail(String what) {
        if (end()) {
            listener.onFailed("member " + source + " " + what);
        }
    }

    /** False if it was over before. */
    private boolean end() {
        long registered;
        synchronized (this) {
            if (done) {
                return false;
            }
            done = true;
            registered = correlation;
        }
        messenger.end(registered);
        return true;
    }
}
