package io.kvmesh.node;

import io.kvmesh.api.JoinRejectedException;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.StoreException;
import io.kvmesh.api.StreamInfo;
import io.kvmesh.api.TrafficInfo;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.membership.Membership;
import io.kvmesh.membership.MembershipConfig;
import io.kvmesh.membership.Place;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.repair.Bootstrap;
import io.kvmesh.repair.GivingUp;
import io.kvmesh.repair.HandOver;
import io.kvmesh.repair.Rebuild;
import io.kvmesh.repair.RepairHistory;
import io.kvmesh.repair.RepairSeams;
import io.kvmesh.replica.MapLists;
import io.kvmesh.replica.RingFence;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Replication;
import io.kvmesh.ring.RingState;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.Signal;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.Hello;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.MessengerLimits;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.PeerMessenger;
import io.kvmesh.transport.PeerSessions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This member's part in a mesh: transport, messenger, membership and node store, and their start and end. Safe for any
 * thread; start and close are called by one thread.
 */
final class Mesh implements PeerSessions.Listener, Membership.Listener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Mesh.class);

    private static final long WRITES_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final KvConfig config;
    private final Environment environment;
    private final RandomSource random;
    private final PeerMessenger messenger;
    private final Membership membership;
    private final Signal enoughMembers = new Signal();
    private final Signal left = new Signal();
    private final int expectedMembers;
    private final NodeId engineNode;
    private final RingFence fence;
    private final Bootstrap bootstrap;
    private final RepairSeams repairSeams;
    private final RepairHistory repairHistory;
    private final GivingUp givingUp;
    private final Rebuild rebuild;
    private final Map<String, String> rejections = new TreeMap<>();
    /** Whether the last view was of a merging member. Used on the control lane only. */
    private boolean merged;

    private volatile @Nullable NodeStore store;
    private volatile @Nullable String problem;

    private Mesh(
            KvConfig config, Environment environment, StorageEngine engine, Partitioner partitioner, RingFence fence) {
        this.config = config;
        this.environment = environment;
        this.fence = fence;
        this.random = environment.random().split();
        this.expectedMembers = expectedMembers(config);
        this.engineNode = engine.nodeId();
        PeerId self = new PeerId(engine.nodeId(), engine.generation());
        messenger = new PeerMessenger(
                new Hello(config.cluster(), config.partitions(), self),
                environment.transports().create(config),
                environment.clock(),
                environment.scheduler(),
                limits(config),
                this);
        membership = new Membership(
                MembershipConfig.of(config.gossipInterval().toNanos(), config.suspicionThreshold())
                        .removingAfter(config.removeAfter().toNanos()),
                self,
                partitioner,
                Replication.of(config),
                expectedMembers,
                messenger,
                messenger,
                environment.clock(),
                environment.scheduler(),
                random.split(),
                this);
        bootstrap = new Bootstrap(
                engine,
                messenger,
                this::view,
                environment.clock(),
                environment.scheduler(),
                config.streamBytesPerSecond(),
                this::useStore,
                membership::streamed);
        repairSeams = new RepairSeams(engine, messenger, this::view, environment.clock(), environment.scheduler());
        repairHistory = new RepairHistory(config.partitions(), config.gcGrace().toNanos() / 1_000, this::useStore);
        rebuild =
                new Rebuild(repairSeams, repairHistory, fence, config.gcGrace().toNanos() / 1_000, this::useStore);
        givingUp = new GivingUp(repairSeams, repairHistory, this::origin, membership::handedOver);
        new MapLists(engine, fence).register(messenger);
    }

    /** A mesh that is not started: handlers may still be registered. */
    static Mesh create(
            KvConfig config, Environment environment, StorageEngine engine, Partitioner partitioner, RingFence fence) {
        return new Mesh(config, environment, engine, partitioner, fence);
    }

    Messenger messenger() {
        return messenger;
    }

    /** A coordinator met a replica that knows another state of the ring. */
    void onOtherEpoch(NodeId from, RingEpoch theirs) {
        membership.onOtherEpoch(from, theirs);
    }

    void leaveRing() {
        membership.leaveRing();
    }

    void remove(NodeId node) {
        membership.remove(node);
    }

    /** What this member fetches, since it gains partitions. */
    Optional<String> streaming() {
        return bootstrap.progress();
    }

    /** Where this member has from what it hands over. */
    private HandOver.Origin origin() {
        return view().isMerging() ? HandOver.Origin.OTHER_RING : HandOver.Origin.THIS_RING;
    }

    /** What this member hands over, since the ring gives it to others. */
    Optional<String> givingUp() {
        return givingUp.progress();
    }

    /** Whether nothing is stored here that is not this member's by the present state of the ring. */
    boolean isNothingLeft() {
        return givingUp.isNothingLeft(view().epoch());
    }

    /** What keeps this member from answering reads, as long as something does. */
    Optional<String> rebuilding() {
        return rebuild.progress();
    }

    RepairSeams repairSeams() {
        return repairSeams;
    }

    RepairHistory repairHistory() {
        return repairHistory;
    }

    /** How far this member is with that. */
    Optional<StreamInfo.Progress> streamProgress() {
        return bootstrap.streamProgress();
    }

    TrafficInfo traffic() {
        return messenger.traffic();
    }

    ClusterView view() {
        return membership.view();
    }

    /**
     * Binds, joins the ring, and returns when the expected members are alive.
     *
     * @throws StoreException if the address cannot be bound, the node store cannot be read, or too few members appear
     * @throws JoinRejectedException if another member refused this one, and too few others appear
     */
    void start() {
        PeerAddress address = bind();
        boolean wasMember;
        try {
            wasMember = joinFrom(environment.nodeStores().open(config.directory()), address);
        } catch (NodeStoreException e) {
            throw new StoreException(String.valueOf(e.getMessage()), e);
        }
        awaitMembers(wasMember);
        rebuild.start();
    }

    /** Starts to gossip with what is remembered; returns whether this member was in a ring before. */
    private boolean joinFrom(NodeStore opened, PeerAddress address) {
        boolean wasMember = !opened.peers().isEmpty();
        store = opened;
        rebuild.open(opened, wasMember);
        membership.start(address, Place.of(config), seeds(address), opened);
        return wasMember;
    }

    /** Runs something with the node store on the control lane, soon; not at all once it is closed. */
    void useStore(Consumer<NodeStore> action) {
        environment.scheduler().schedule(Lane.CONTROL, 0, () -> {
            NodeStore opened = store;
            if (opened != null) {
                action.accept(opened);
            }
        });
    }

    /** Stops gossip and closes the transport, then the node store. */
    @Override
    public void close() {
        // The node store belongs to the control lane, so it is closed there.
        boolean accepted = environment.scheduler().offer(Lane.CONTROL, this::leave);
        if (!accepted) {
            leave();
        }
        try {
            environment
                    .blocking()
                    .await(
                            left,
                            environment.clock().monotonicNanos()
                                    + config.joinTimeout().toNanos());
        } catch (InterruptedException e) {
            LOG.debug("interrupted while leaving the mesh", e);
        }
    }

    @Override
    public void onSession(PeerId peer, PeerAddress address) {
        membership.onSession(peer, address);
    }

    @Override
    public void onRejected(PeerAddress address, String reason) {
        synchronized (rejections) {
            rejections.put(address.toString(), reason);
        }
    }

    @Override
    public boolean onGaining(long changeNumber, BitSet partitions) {
        return givingUp.makeWay() && bootstrap.makeRoom(changeNumber, partitions);
    }

    @Override
    public boolean isNothingLeft(RingEpoch state) {
        return givingUp.isNothingLeft(state);
    }

    @Override
    public void beforeView(ClusterView view) {
        if (!view.epoch().equals(fence.epoch())) {
            fence.adopt(view.epoch(), view.changedAt());
        }
    }

    @Override
    public void onViewChanged(ClusterView view) {
        if (view.isMerging() || merged) {
            // What was compared in another ring tells nothing about the replicas in this one.
            merged = view.isMerging();
            repairHistory.forget(0, config.partitions() - 1);
        }
        bootstrap.onView(view);
        giveUp();
        if (reaches(view)) {
            enoughMembers.fire();
        }
    }

    /** A write that was admitted under an older state must be seen by whoever looks what there is to hand over. */
    private void giveUp() {
        if (fence.olderWritesAreIn()) {
            givingUp.onView(view());
        } else {
            environment.scheduler().schedule(Lane.COMPACT, WRITES_PAUSE_NANOS, this::giveUp);
        }
    }

    /** Whether the expected members serve; this one counts also while it fetches what it is to serve. */
    private boolean reaches(ClusterView view) {
        RingState ring = view.ringState();
        if (ring == null || ring.phase() == RingState.Phase.FORMING) {
            return false;
        }
        int comes = view.ring().contains(engineNode) ? 0 : 1;
        return view.servingCount() > 0 && view.servingCount() + comes >= expectedMembers;
    }

    @Override
    public void onNodeStoreFailure(NodeStoreException failure) {
        LOG.error("what this member knows of the ring cannot be saved; it is tried again", failure);
        problem = "the node store cannot be written: " + failure.getMessage();
    }

    @Override
    public void onSuperseded(PeerId other) {
        problem = "another process runs as this member, since generation " + other.generation()
                + ": its directory is most likely a copy of this one; close one of the two and remove its directory";
        LOG.error("{}", problem);
    }

    /** What is wrong with this member's part in the mesh beyond the state of the members. */
    Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    /** What this member remembers of the mesh, for a backup. */
    byte[] knownMembers() {
        NodeStore opened = store;
        if (opened == null) {
            throw new StoreException("this member has not joined its mesh yet");
        }
        NodeStoreReading reading = new NodeStoreReading(opened);
        // The node store belongs to the control lane.
        boolean accepted = environment.scheduler().offer(Lane.CONTROL, reading);
        return reading.await(environment, accepted, config.joinTimeout().toNanos());
    }

    private PeerAddress bind() {
        try {
            return messenger.start();
        } catch (IOException e) {
            throw new StoreException(String.valueOf(e.getMessage()), e);
        }
    }

    private List<PeerAddress> seeds(PeerAddress own) {
        List<PeerAddress> seeds = new ArrayList<>();
        for (String seed : config.seeds()) {
            PeerAddress address = PeerAddress.parse(seed);
            if (!address.equals(own)) {
                seeds.add(address);
            }
        }
        return seeds;
    }

    /** Waits for a view of the control lane in any case: before that, the ring lacks the remembered members. */
    private void awaitMembers(boolean wasMember) {
        long deadlineNanos =
                environment.clock().monotonicNanos() + config.joinTimeout().toNanos();
        try {
            if (environment.blocking().await(enoughMembers, deadlineNanos)) {
                return;
            }
        } catch (InterruptedException e) {
            throw new StoreException("interrupted while waiting for other members", e);
        }
        ClusterView known = membership.view();
        int there = known.ringState() == null ? known.aliveCount() : known.servingCount();
        String state = there + " of " + expectedMembers
                + " expected members are alive and in the ring after "
                + config.joinTimeout().toMillis() + " ms";
        List<String> refused = rejectionTexts();
        if (!refused.isEmpty()) {
            throw new JoinRejectedException(
                    "not admitted to cluster '" + config.cluster() + "': " + String.join("; ", refused) + "; " + state);
        }
        if (!wasMember) {
            throw new StoreException(state + "; asked " + config.seeds()
                    + ". Start the other members, or correct seeds or expectMembers.");
        }
        // A member that comes back serves what it has: the others may be the ones that are down.
        LOG.warn("{}; going on, since this member was in the ring before", state);
    }

    private List<String> rejectionTexts() {
        synchronized (rejections) {
            List<String> texts = new ArrayList<>();
            rejections.forEach((address, reason) -> texts.add(address + " refused: " + reason));
            return texts;
        }
    }

    private void leave() {
        try {
            bootstrap.close();
            givingUp.close();
            rebuild.close();
            membership.close();
            messenger.close();
            NodeStore opened = store;
            store = null;
            if (opened != null) {
                rebuild.note(opened);
                opened.close();
            }
        } finally {
            left.fire();
        }
    }

    private static int expectedMembers(KvConfig config) {
        if (config.expectMembers() > 0) {
            return config.expectMembers();
        }
        String own = config.bindHost().orElse("") + ":" + config.bindPort();
        boolean namesOthers = config.seeds().stream().anyMatch(seed -> !seed.equals(own));
        return namesOthers ? 2 : 1;
    }

    private static MessengerLimits limits(KvConfig config) {
        MessengerLimits defaults = MessengerLimits.DEFAULT;
        return new MessengerLimits(
                config.inFlightPerPeerMax(),
                config.inFlightBytesPerPeerMax(),
                defaults.operationsMax(),
                defaults.peersMax(),
                defaults.frameBytesMax());
    }
}
