package io.kvmesh.coordinator;

import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.RequestHandler;
import io.kvmesh.transport.Verb;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** Keeps who awaits replies, and sends nothing: the test gives the replies. Safe for any thread. */
final class RecordingMessenger implements Messenger {
    private final AtomicLong correlations = new AtomicLong();
    private final SortedMap<Long, ReplyHandler> waiting = new ConcurrentSkipListMap<>();

    /** Those that await replies, the oldest first. */
    List<ReplyHandler> waiting() {
        return List.copyOf(waiting.values());
    }

    @Override
    public long begin(ReplyHandler handler, long deadlineNanos) {
        long correlation = correlations.incrementAndGet();
        waiting.put(correlation, handler);
        return correlation;
    }

    @Override
    public void end(long correlation) {
        waiting.remove(correlation);
    }

    @Override
    public ByteWriter newRequest(Verb verb, long correlation, long deadlineNanos, int payloadBytes) {
        return new ByteWriter(payloadBytes);
    }

    @Override
    public void send(NodeId to, ByteWriter request) {}

    @Override
    public void handle(Verb verb, RequestHandler handler) {}

    @Override
    public void sendOneWay(NodeId to, Verb verb, byte[] payload) {}

    @Override
    public boolean hasSession(NodeId peer) {
        return true;
    }
}
