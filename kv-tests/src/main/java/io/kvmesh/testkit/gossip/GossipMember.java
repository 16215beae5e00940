package io.kvmesh.testkit.gossip;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.membership.Membership;
import io.kvmesh.membership.MembershipConfig;
import io.kvmesh.membership.Place;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Replication;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.transport.InboundRequest;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.PeerSessions;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.RequestHandler;
import io.kvmesh.transport.Verb;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One member of a {@link GossipRing}: its real membership, on sessions, messages, a clock and a scheduler of the ring.
 * Confined to the ring's thread.
 *
 * <p>A member that comes gets a session with its seed only: hello to those that gossip tells it of takes longer here
 * than is measured. Else it would tell all others of itself, and there would be little left for gossip to do.
 */
final class GossipMember implements Messenger, PeerSessions, Clock, Scheduler, Membership.Listener {
    private static final int PARTITIONS = 64;
    private static final int REPLICATION_FACTOR = 3;
    private static final double SUSPICION_THRESHOLD = 8;
    private static final long HELLO_INTERVAL_NANOS = GossipRing.ROUND_NANOS / 4;
    private static final long EPOCH_MICROS = 1_700_000_000_000_000L;

    private final GossipRing ring;
    private final int index;
    private final Membership membership;
    private final Map<Verb, RequestHandler> handlers = new EnumMap<>(Verb.class);
    private final BitSet sessions = new BitSet();

    GossipMember(GossipRing ring, int index, RandomSource random) {
        this.ring = ring;
        this.index = index;
        this.membership = new Membership(
                MembershipConfig.of(GossipRing.ROUND_NANOS, SUSPICION_THRESHOLD),
                GossipRing.id(index),
                new Partitioner(PARTITIONS),
                Replication.of(REPLICATION_FACTOR),
                MembershipConfig.MEMBERS_MAX,
                this,
                this,
                this,
                this,
                random,
                this);
    }

    int index() {
        return index;
    }

    ClusterView view() {
        return membership.view();
    }

    void start(List<PeerAddress> seeds, NodeStore known) {
        membership.start(GossipRing.address(index), Place.of(1), seeds, known);
    }

    /** Has sessions with so many members already. */
    void knowAll(int count) {
        sessions.set(0, count);
    }

    /** A session with another member is agreed. */
    void met(int other) {
        sessions.set(other);
        membership.onSession(GossipRing.id(other), GossipRing.address(other));
    }

    @Override
    public void handle(Verb verb, RequestHandler handler) {
        handlers.put(verb, handler);
    }

    @Override
    public void sendOneWay(NodeId to, Verb verb, byte[] payload) {
        int target = GossipRing.index(to);
        if (sessions.get(target)) {
            ring.send(target, payload.length, () -> ring.member(target).receive(index, verb, payload));
        }
    }

    private void receive(int from, Verb verb, byte[] payload) {
        if (sessions.get(from)) {
            RequestHandler handler = Objects.requireNonNull(handlers.get(verb));
            handler.onRequest(new OneWay(GossipRing.id(from)), new ByteReader(payload));
        }
    }

    @Override
    public boolean hasSession(NodeId peer) {
        return sessions.get(GossipRing.index(peer));
    }

    @Override
    public void connect(PeerAddress address) {
        int other = GossipRing.index(address);
        if (other == index || sessions.get(other)) {
            return;
        }
        // Both ways: a hello and its answer.
        ring.send(
                other,
                0,
                () -> ring.send(index, 0, () -> {
                    met(other);
                    ring.member(other).met(index);
                }));
        ring.at(HELLO_INTERVAL_NANOS, () -> connect(address));
    }

    @Override
    public void connect(PeerId peer, PeerAddress address) {}

    @Override
    public void disconnect(NodeId peer) {
        sessions.clear(GossipRing.index(peer));
    }

    @Override
    public long wallMicros() {
        return EPOCH_MICROS + ring.nowNanos() / 1_000;
    }

    @Override
    public long monotonicNanos() {
        return ring.nowNanos();
    }

    @Override
    public boolean offer(Lane lane, Runnable task) {
        ring.at(0, task);
        return true;
    }

    @Override
    public Cancellable schedule(Lane lane, long delayNanos, Runnable task) {
        boolean[] cancelled = new boolean[1];
        ring.at(delayNanos, () -> {
            if (!cancelled[0]) {
                task.run();
            }
        });
        return () -> cancelled[0] = true;
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("the ring ends with its thread");
    }

    @Override
    public boolean onGaining(long changeNumber, BitSet partitions) {
        return true;
    }

    @Override
    public boolean isNothingLeft(RingEpoch state) {
        return true;
    }

    @Override
    public void beforeView(ClusterView view) {}

    @Override
    public void onViewChanged(ClusterView view) {}

    @Override
    public void onRejected(PeerAddress address, String reason) {
        throw new IllegalStateException(address + " refused: " + reason);
    }

    @Override
    public void onNodeStoreFailure(NodeStoreException failure) {
        throw new IllegalStateException("there is no node store", failure);
    }

    @Override
    public void onSuperseded(PeerId other) {
        throw new IllegalStateException(other + " has this member's identity");
    }

    @Override
    public long begin(ReplyHandler handler, long deadlineNanos) {
        throw new UnsupportedOperationException("gossip sends no requests");
    }

    @Override
    public void end(long correlation) {
        throw new UnsupportedOperationException("gossip sends no requests");
    }

    @Override
    public ByteWriter newRequest(Verb verb, long correlation, long deadlineNanos, int payloadBytes) {
        throw new UnsupportedOperationException("gossip sends no requests");
    }

    @Override
    public void send(NodeId to, ByteWriter request) {
        throw new UnsupportedOperationException("gossip sends no requests");
    }

    private record OneWay(PeerId from) implements InboundRequest {
        @Override
        public boolean isExpired() {
            return false;
        }

        @Override
        public ByteWriter newReply(int payloadBytes) {
            throw new UnsupportedOperationException("a one-way message gets no reply");
        }

        @Override
        public void reply(ByteWriter reply) {
            throw new UnsupportedOperationException("a one-way message gets no reply");
        }

        @Override
        public void replyOverloaded() {
            throw new UnsupportedOperationException("a one-way message gets no reply");
        }
    }
}
