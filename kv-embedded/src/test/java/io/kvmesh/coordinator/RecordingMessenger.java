package io.kvmesh.coordinator;

import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.RequestHandler;
import io.kvmesh.transport.Verb;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;

/** Keeps who awaits replies and what is sent to whom; the test gives the replies. Safe for any thread. */
final class RecordingMessenger implements Messenger {
    private final AtomicLong correlations = new AtomicLong();
    private final SortedMap<Long, ReplyHandler> waiting = new ConcurrentSkipListMap<>();
    private final Set<NodeId> expected = new ConcurrentSkipListSet<>();
    private final Set<NodeId> unreachable = new ConcurrentSkipListSet<>();
    private final Set<NodeId> unmet = new ConcurrentSkipListSet<>();
    private final ConcurrentLinkedQueue<Sent> sent = new ConcurrentLinkedQueue<>();

    /** One request. Its payload is not changed. */
    static final class Sent {
        private final NodeId to;
        private final byte[] frame;

        private Sent(NodeId to, byte[] frame) {
            this.to = to;
            this.frame = frame;
        }

        NodeId to() {
            return to;
        }

        Verb verb() {
            return Objects.requireNonNull(Verb.ofCode(frame[0]));
        }

        /** Without the frame's header. */
        byte[] payload() {
            return Arrays.copyOfRange(frame, 1, frame.length);
        }
    }

    /** What was sent since the last call. */
    List<Sent> takeSent() {
        List<Sent> taken = new ArrayList<>();
        for (Sent each = sent.poll(); each != null; each = sent.poll()) {
            taken.add(each);
        }
        return taken;
    }

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
        return new ByteWriter(1 + payloadBytes).putByte(verb.code());
    }

    @Override
    public void send(NodeId to, ByteWriter request) {
        sent.add(new Sent(to, request.toBytes()));
    }

    /** Expects answers of all peers but the unreachable ones. */
    @Override
    public boolean expect(NodeId from, Verb verb, long correlation, int frameBytes) {
        return !unreachable.contains(from) && expected.add(from);
    }

    @Override
    public boolean stopExpecting(NodeId from, Verb verb, long correlation) {
        return expected.remove(from);
    }

    /** Nothing can be expected of this peer from now on. */
    void setUnreachable(NodeId peer) {
        unreachable.add(peer);
    }

    /** An answer of this peer is not expected any more, since it came. */
    void answered(NodeId peer) {
        expected.remove(peer);
    }

    @Override
    public void handle(Verb verb, RequestHandler handler) {}

    @Override
    public void sendOneWay(NodeId to, Verb verb, byte[] payload) {}

    /** This peer can be reached through others only from now on. */
    void endSession(NodeId peer) {
        unmet.add(peer);
    }

    @Override
    public boolean hasSession(NodeId peer) {
        return !unmet.contains(peer);
    }
}
