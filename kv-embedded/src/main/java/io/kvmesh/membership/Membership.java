package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStore.KnownPeer;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Replication;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.PeerSessions;
import io.kvmesh.transport.Verb;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the other members, tells them of this one, and watches who is alive. Safe for any thread: everything that
 * changes happens on the control lane, and {@link #view()} reads the latest immutable view.
 *
 * <p>Who is in the ring is agreed on by its members, one state of the ring after the other, see {@link RingControl}. A
 * member keeps its place when it is dead, until it is taken out.
 */
public final class Membership implements PeerSessions.Listener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    private final MembershipSeams seams;
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicLong malformedMessages = new AtomicLong();
    private volatile ClusterView view;

    // Only on the control lane:
    private final List<Runnable> beforeStart = new ArrayList<>();
    private @Nullable ControlLoop loop;

    /** Registers the handlers of its verbs; does nothing else before {@link #start}. */
    public Membership(
            MembershipConfig config,
            PeerId self,
            Partitioner partitioner,
            Replication replication,
            int expectedMembers,
            Messenger messenger,
            PeerSessions sessions,
            Clock clock,
            Scheduler scheduler,
            RandomSource random,
            Listener listener) {
        Invariants.check(self.generation() >= 0, "a generation is not negative");
        this.seams = new MembershipSeams(
                config,
                self,
                partitioner,
                replication,
                expectedMembers,
                messenger,
                sessions,
                clock,
                scheduler,
                random,
                listener);
        this.view = new ClusterView(self.node(), RingViews.none(partitioner, replication), false, new TreeMap<>());
        handle(Verb.GOSSIP_DIGEST, GossipCodec::decodeDigest, ControlLoop::onDigest);
        handle(Verb.GOSSIP_DELTA, GossipCodec::decodeDelta, ControlLoop::onDelta);
        handle(Verb.GOSSIP_DELTA_BACK, GossipCodec::decodeDelta, ControlLoop::onDelta);
        handle(Verb.PING, GossipCodec::decodeProbe, ControlLoop::onProbe);
        handle(Verb.RING, RingCodec::decodeMessage, ControlLoop::onRing);
    }

    /**
     * Starts to gossip. Once; the transport must be bound before.
     *
     * @param place where this member is, and what it wants of the ring
     * @param seeds where other members may be found; this member's own address among them does no harm
     * @param store what an earlier run knew of members and ring, and where both are saved; null if nothing is. It stays
     *     the caller's to close, after this membership; nobody else uses it meanwhile but on the control lane
     * @throws NodeStoreException if the store cannot be read
     */
    public void start(PeerAddress ownAddress, Place place, List<PeerAddress> seeds, @Nullable NodeStore store) {
        Invariants.check(started.compareAndSet(false, true), "a membership starts once");
        List<PeerAddress> addresses = List.copyOf(seeds);
        List<KnownPeer> peers = store == null ? List.of() : store.peers();
        RingRecords records = new RingRecords(store);
        SavedRing saved = records.load();
        onLane(() -> {
            ControlLoop begun = new ControlLoop(
                    seams, ownAddress, place, addresses, records, saved.vote(), this::publish, closed::get);
            loop = begun;
            begun.start(peers, saved, store);
            beforeStart.forEach(Runnable::run);
            beforeStart.clear();
        });
    }

    /** This member has fetched all that it gains by the change that began with this number. Any thread. */
    public void streamed(long changeNumber) {
        onLane(() -> whenStarted(running -> running.streamed(changeNumber)));
    }

    /** Nothing is stored here any more that the ring gives to others. Any thread. */
    public void handedOver() {
        onLane(() -> whenStarted(ControlLoop::handedOver));
    }

    /** Gives up this member's seat, once others have fetched what it holds. Any thread. */
    public void leaveRing() {
        onLane(() -> whenStarted(ControlLoop::leaveRing));
    }

    /** Takes a member out of the ring that does not come back. Any thread. */
    public void remove(NodeId node) {
        onLane(() -> whenStarted(running -> running.remove(node)));
    }

    /** A member was found to act by another state of the ring than this one. Any thread. */
    public void onOtherEpoch(NodeId from, RingEpoch theirs) {
        seams.scheduler().offer(Lane.CONTROL, () -> whenStarted(running -> running.onOtherEpoch(from, theirs)));
    }

    /** The members and the ring as of now. Before the start it is empty. */
    public ClusterView view() {
        return view;
    }

    /** How many gossip messages were refused because they were damaged or of an unknown format. */
    public long malformedMessages() {
        return malformedMessages.get();
    }

    /** Called on the control lane. */
    @Override
    public void onSession(PeerId peer, PeerAddress address) {
        whenStarted(running -> running.onSession(peer, address));
    }

    /** Called on the control lane. */
    @Override
    public void onRejected(PeerAddress address, String reason) {
        seams.listener().onRejected(address, reason);
    }

    /**
     * Stops gossip and says goodbye to all living members, so that they need not find out by silence. To be called
     * before the messenger is closed. Idempotent.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        Probe goodbye = new Probe(Probe.Kind.GOODBYE, seams.self().node(), seams.self(), 0);
        byte[] payload = GossipCodec.encode(goodbye);
        for (ClusterView.Member member : view.members().values()) {
            if (member.state() == MemberState.ALIVE
                    && !member.node().equals(seams.self().node())) {
                seams.messenger().sendOneWay(member.node(), Verb.PING, payload);
            }
        }
    }

    private void publish(ClusterView changed) {
        seams.listener().beforeView(changed);
        view = changed;
        seams.listener().onViewChanged(changed);
    }

    /** Decodes on the transport's thread, so that the lane sees only what is well formed. */
    private <T> void handle(Verb verb, Function<ByteReader, T> decode, Reaction<T> reaction) {
        seams.messenger().handle(verb, (request, payload) -> {
            T message;
            try {
                message = decode.apply(payload);
            } catch (MalformedBytesException e) {
                if (malformedMessages.getAndIncrement() == 0) {
                    LOG.warn("Refused {} of {}, and will refuse more of the kind silently", verb, request.from(), e);
                }
                return;
            }
            PeerId from = request.from();
            // A full lane drops the message: gossip makes up for it in the next round.
            seams.scheduler().offer(Lane.CONTROL, () -> {
                ControlLoop running = loop;
                if (running != null && !closed.get()) {
                    reaction.react(running, from, message);
                }
            });
        });
    }

    private void whenStarted(Consumer<ControlLoop> action) {
        ControlLoop running = loop;
        if (closed.get()) {
            return;
        }
        if (running != null) {
            action.accept(running);
        } else {
            Invariants.check(beforeStart.size() < MembershipConfig.MEMBERS_MAX, "too many events before the start");
            beforeStart.add(() -> whenStarted(action));
        }
    }

    /** A delayed task is late rather than lost when the lane is full. */
    private void onLane(Runnable task) {
        seams.scheduler().schedule(Lane.CONTROL, 0, task);
    }

    /** What the loop does with a message. */
    private interface Reaction<T> {
        void react(ControlLoop running, PeerId from, T message);
    }

    /** Learns what the node must know. Called on the control lane; must not block. */
    public interface Listener {
        /**
         * The change of the ring that begins with this number gives these partitions to this member. What it still has
         * of them must be gone before, since it may be older than what others have forgotten by now.
         *
         * @return whether that is so; if not, this is asked again in the next round
         */
        boolean onGaining(long changeNumber, BitSet partitions);

        /**
         * Whether it is certain that nothing is stored here that a state of the ring does not give to this member. What
         * a member without a seat has it must hand over before it asks for one, or says that it has left: what others
         * lack would be lost, since a member with a seat drops what it gains before it fetches that.
         */
        boolean isNothingLeft(RingEpoch state);

        /** Another view is about to be published: requests must be judged by it before anybody acts by it. */
        void beforeView(ClusterView view);

        /** Another view was published. */
        void onViewChanged(ClusterView view);

        /** The member at an address refused to talk to this one, or this one to it. Said again while that lasts. */
        void onRejected(PeerAddress address, String reason);

        /** The ring or peers could not be saved; it is tried again every round, and said again when it fails anew. */
        void onNodeStoreFailure(NodeStoreException failure);

        /** A member with this one's identity and a later generation is in the mesh: a copied directory, most likely. */
        void onSuperseded(PeerId other);
    }
}
