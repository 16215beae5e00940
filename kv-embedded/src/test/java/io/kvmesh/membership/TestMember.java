package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Replication;
import io.kvmesh.ring.RingChange;
import io.kvmesh.ring.RingState;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.transport.InboundRequest;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.PeerSessions;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.RequestHandler;
import io.kvmesh.transport.Verb;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One member of a {@link TestMesh}: a real membership on sessions, messages, a clock and a scheduler that live in the
 * mesh's queue. A paused member's events wait until it runs again.
 */
final class TestMember implements Messenger, PeerSessions, Clock, Scheduler, Membership.Listener {
    private static final long HELLO_INTERVAL_NANOS = 150 * TestMesh.MILLI;

    final TestMesh mesh;
    final int index;
    final PeerId id;
    final Membership membership;
    final List<String> rejections = new ArrayList<>();
    final List<NodeStoreException> storeFailures = new ArrayList<>();
    final List<PeerId> superseding = new ArrayList<>();
    /** States of others in the order in which they were seen to change: "3:SUSPECT". */
    final List<String> transitions = new ArrayList<>();

    /** The partitions that were to be emptied, in order. */
    final List<BitSet> gains = new ArrayList<>();

    boolean alive = true;
    boolean leaving;
    /** Whether it has something of partitions that the ring gives to others. */
    boolean hasLeftovers;

    long sentBytes;
    int sentMessages;

    private final Map<Verb, RequestHandler> handlers = new EnumMap<>(Verb.class);
    private final TreeMap<NodeId, Long> sessions = new TreeMap<>();
    private final TreeMap<String, Long> hellos = new TreeMap<>();
    private final TreeMap<Integer, MemberState> lastStates = new TreeMap<>();
    private final List<Runnable> waiting = new ArrayList<>();
    private long helloSequence;
    private boolean paused;

    TestMember(TestMesh mesh, int index, long generation) {
        this.mesh = mesh;
        this.index = index;
        this.id = new PeerId(TestMesh.id(index), generation);
        this.membership = new Membership(
                MembershipConfig.of(TestMesh.SECOND, 8.0)
                        .removingAfter(mesh.removeAfterNanos)
                        .forgettingAfter(mesh.forgetAfterNanos)
                        .knowingAtMost(mesh.membersMax),
                id,
                new Partitioner(mesh.partitions),
                Replication.of(3),
                mesh.expectedMembers,
                this,
                this,
                this,
                this,
                mesh.random.split(),
                this);
    }

    void start(List<PeerAddress> seeds, @Nullable NodeStore store) {
        membership.start(TestMesh.address(index), Place.of(mesh.vnodes), seeds, store);
    }

    /** What this member is to the ring; null without a seat, or without a ring. */
    RingState.@Nullable Standing standing() {
        RingState ring = membership.view().ringState();
        return ring == null ? null : ring.standing(id.node());
    }

    void leave() {
        leaving = true;
        membership.leaveRing();
    }

    void kill() {
        alive = false;
    }

    void pause(long nanos) {
        paused = true;
        mesh.at(nanos, () -> {
            paused = false;
            List<Runnable> due = List.copyOf(waiting);
            waiting.clear();
            due.forEach(Runnable::run);
        });
    }

    void whenAwake(Runnable action) {
        if (paused) {
            waiting.add(action);
        } else if (alive) {
            action.run();
        }
    }

    @Nullable
    MemberState stateOf(int other) {
        ClusterView.Member member = membership.view().member(TestMesh.id(other));
        return member == null ? null : member.state();
    }

    long generationOf(int other) {
        ClusterView.Member member = membership.view().member(TestMesh.id(other));
        return member == null ? -1 : member.generation();
    }

    // Messenger

    @Override
    public void handle(Verb verb, RequestHandler handler) {
        handlers.put(verb, handler);
    }

    @Override
    public void sendOneWay(NodeId to, Verb verb, byte[] payload) {
        Long generation = sessions.get(to);
        if (generation == null) {
            return;
        }
        sentBytes += payload.length;
        sentMessages++;
        byte[] copy = payload.clone();
        mesh.deliver(this, TestMesh.index(to), verb, target -> target.receive(generation, id, verb, copy));
    }

    @Override
    public boolean hasSession(NodeId peer) {
        return sessions.containsKey(peer);
    }

    /** Hands a payload to the handler of its verb, as the transport does. */
    void receive(long forGeneration, PeerId from, Verb verb, byte[] payload) {
        Long generation = sessions.get(from.node());
        if (forGeneration == id.generation() && generation != null && generation == from.generation()) {
            Objects.requireNonNull(handlers.get(verb)).onRequest(new OneWay(from), new ByteReader(payload));
        }
    }

    // Sessions

    @Override
    public void connect(PeerAddress address) {
        long number = ++helloSequence;
        hellos.put(address.toString(), number);
        sayHello(address, number);
    }

    @Override
    public void connect(PeerId peer, PeerAddress address) {
        if (sessions.getOrDefault(peer.node(), -1L) < peer.generation()) {
            connect(address);
        }
    }

    @Override
    public void disconnect(NodeId peer) {
        sessions.remove(peer);
        hellos.remove(TestMesh.address(TestMesh.index(peer)).toString());
    }

    private void sayHello(PeerAddress address, long number) {
        if (hellos.getOrDefault(address.toString(), 0L) != number) {
            return;
        }
        int to = Integer.parseInt(address.host().substring(address.host().lastIndexOf('.') + 1));
        mesh.deliver(this, to, null, target -> target.onHello(id, true));
        schedule(Lane.CONTROL, HELLO_INTERVAL_NANOS, () -> sayHello(address, number));
    }

    private void onHello(PeerId from, boolean wantsAnswer) {
        if (from.node().equals(id.node())) {
            hellos.remove(TestMesh.address(index).toString());
            return;
        }
        int sender = TestMesh.index(from.node());
        if (wantsAnswer) {
            mesh.deliver(this, sender, null, target -> target.onHello(id, false));
        } else {
            hellos.remove(TestMesh.address(sender).toString());
        }
        long known = sessions.getOrDefault(from.node(), -1L);
        if (known < from.generation()) {
            sessions.put(from.node(), from.generation());
            offer(Lane.CONTROL, () -> membership.onSession(from, TestMesh.address(sender)));
        }
    }

    // Clock and scheduler

    @Override
    public long wallMicros() {
        return mesh.nowNanos() / 1000 + 1_700_000_000_000_000L;
    }

    @Override
    public long monotonicNanos() {
        return mesh.nowNanos();
    }

    @Override
    public boolean offer(Lane lane, Runnable task) {
        mesh.at(0, () -> whenAwake(() -> runIfAlive(task)));
        return true;
    }

    @Override
    public Cancellable schedule(Lane lane, long delayNanos, Runnable task) {
        boolean[] cancelled = new boolean[1];
        mesh.at(
                delayNanos,
                () -> whenAwake(() -> {
                    if (!cancelled[0]) {
                        runIfAlive(task);
                    }
                }));
        return () -> cancelled[0] = true;
    }

    private void runIfAlive(Runnable task) {
        if (alive) {
            task.run();
        }
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("kill a member, or close its membership");
    }

    // Listener

    @Override
    public boolean onGaining(long changeNumber, BitSet gained) {
        gains.add(gained);
        return true;
    }

    @Override
    public boolean isNothingLeft(RingEpoch state) {
        return !hasLeftovers;
    }

    @Override
    public void beforeView(ClusterView view) {}

    /** There is nothing to be fetched: as soon as this member gains partitions it has them. */
    private void fetch(ClusterView view) {
        RingState ring = view.ringState();
        RingChange change = view.ringChange();
        if (ring == null || change == null || ring.phase() != RingState.Phase.STREAMING) {
            return;
        }
        if (mesh.streams && change.gainers().contains(id.node())) {
            membership.streamed(ring.changeNumber());
        }
    }

    @Override
    public void onViewChanged(ClusterView view) {
        fetch(view);
        for (ClusterView.Member member : view.members().values()) {
            int other = TestMesh.index(member.node());
            if (other != index && lastStates.put(other, member.state()) != member.state()) {
                transitions.add(other + ":" + member.state());
            }
        }
    }

    @Override
    public void onRejected(PeerAddress address, String reason) {
        rejections.add(address + " " + reason);
    }

    @Override
    public void onNodeStoreFailure(NodeStoreException failure) {
        storeFailures.add(failure);
    }

    @Override
    public void onSuperseded(PeerId other) {
        superseding.add(other);
    }

    // What gossip does not use of the messenger

    @Override
    public long begin(ReplyHandler handler, long deadlineNanos) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void end(long correlation) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ByteWriter newRequest(Verb verb, long correlation, long deadlineNanos, int payloadBytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void send(NodeId to, ByteWriter request) {
        throw new UnsupportedOperationException();
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
