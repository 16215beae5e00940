package io.kvmesh.membership;

import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStore.KnownPeer;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.runtime.Lane;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a running member does about membership: its rounds, its ticks and its reactions. Confined to the control lane.
 * After each of them the view is published if it changed.
 */
final class ControlLoop {
    /** Rounds begin within this share of the interval around their time, so that members do not keep step. */
    private static final double JITTER = 0.1;

    private final MembershipSeams seams;
    private final Consumer<ClusterView> publish;
    private final Roster roster;
    private final Gossiper gossiper;
    private final Prober prober;
    private final Connector connector;
    private final PeerKeeper keeper;
    private final RingControl ring;
    private final BooleanSupplier stopped;
    /** What others were told last of this member's own properties. */
    private EndpointState told;

    ControlLoop(
            MembershipSeams seams,
            PeerAddress ownAddress,
            Place place,
            List<PeerAddress> seeds,
            RingRecords records,
            RingVote vote,
            Consumer<ClusterView> publish,
            BooleanSupplier stopped) {
        List<PeerAddress> otherSeeds =
                seeds.stream().filter(seed -> !seed.equals(ownAddress)).toList();
        this.seams = seams;
        this.publish = publish;
        this.stopped = stopped;
        this.roster = new Roster(
                seams, EndpointState.started(seams.self(), ownAddress, EndpointStatus.JOINING, place, RingNote.NONE));
        this.told = roster.table().self();
        this.gossiper = new Gossiper(seams, roster, otherSeeds, this::merge);
        this.prober = new Prober(seams, roster);
        this.connector = new Connector(seams, roster, otherSeeds);
        this.keeper = new PeerKeeper(roster.table(), roster.departures(), records, seams.listener());
        this.ring = new RingControl(seams, roster, records, vote, otherSeeds);
    }

    void start(List<KnownPeer> rememberedPeers, SavedRing saved, @Nullable NodeStore store) {
        ring.keeper().resume(saved);
        roster.departures().restore(saved.departures());
        rememberedPeers.forEach(this::remember);
        if (store != null) {
            keeper.attach(store, rememberedPeers);
        }
        connector.connectToSeeds();
        ring.onNews();
        publishChanges();
        long intervalNanos = seams.config().gossipIntervalNanos();
        later(intervalNanos / FailureDetector.TICKS_PER_INTERVAL, this::tick);
        later(seams.random().nextLong(intervalNanos), this::round);
    }

    void onRing(PeerId from, RingMessage message) {
        ring.onMessage(from, message);
        ring.onNews();
        publishChanges();
    }

    void streamed(long changeNumber) {
        ring.keeper().streamed(changeNumber);
        ring.onNews();
        publishChanges();
    }

    void handedOver() {
        ring.keeper().handedOver();
        ring.onNews();
        publishChanges();
    }

    void leaveRing() {
        roster.table().tell(EndpointStatus.LEAVING);
        ring.onNews();
        publishChanges();
    }

    void remove(NodeId node) {
        ring.steward().condemn(node);
        ring.onNews();
        publishChanges();
    }

    void onOtherEpoch(NodeId from, RingEpoch theirs) {
        ring.onOtherEpoch(from, theirs);
    }

    void onSession(PeerId peer, PeerAddress address) {
        if (peer.node().equals(seams.self().node())) {
            return;
        }
        GossipTable.Change change = roster.met(peer, address);
        connector.onSession(peer.node());
        keepIf(change, peer.node());
        gossiper.greet(peer);
        publishChanges();
    }

    void onDigest(PeerId from, Digest digest) {
        gossiper.onDigest(from, digest);
        publishChanges();
    }

    void onDelta(PeerId from, Delta delta) {
        gossiper.onDelta(from, delta);
        ring.onNews();
        publishChanges();
    }

    void onProbe(PeerId from, Probe probe) {
        prober.onProbe(from, probe);
        publishChanges();
    }

    private void round() {
        gossiper.round();
        roster.forgetDeparted();
        connector.round();
        keeper.flush();
        ring.round();
        publishChanges();
        double jitter = 1 + JITTER * (2 * seams.random().nextDouble() - 1);
        later((long) (seams.config().gossipIntervalNanos() * jitter), this::round);
    }

    private void tick() {
        for (FailureDetector.Finding finding : roster.tick()) {
            switch (finding.verdict()) {
                case PROBE -> prober.probe(finding.node());
                case PROBE_THROUGH_OTHERS -> {
                    prober.probe(finding.node());
                    prober.probeThroughOthers(finding.node());
                }
                case SUSPECTED, STILL_SUSPECTED -> prober.tellSuspicion(finding.node());
                case DIED -> connector.onDead(finding.node());
            }
        }
        publishChanges();
        later(seams.config().gossipIntervalNanos() / FailureDetector.TICKS_PER_INTERVAL, this::tick);
    }

    private void remember(KnownPeer peer) {
        PeerId id = new PeerId(peer.node(), peer.generation());
        PeerAddress address = new PeerAddress(peer.host(), peer.port());
        connectIf(roster.remember(id, address), peer.node());
    }

    private void merge(StateDelta delta) {
        if (delta.peer().node().equals(seams.self().node())) {
            if (delta.peer().generation() > seams.self().generation()) {
                seams.listener().onSuperseded(delta.peer());
            }
            return;
        }
        GossipTable.Change change = roster.merge(delta);
        connectIf(change, delta.peer().node());
        keepIf(change, delta.peer().node());
    }

    private void connectIf(GossipTable.Change change, NodeId node) {
        EndpointState state = roster.table().state(node);
        boolean isNew = change == GossipTable.Change.MEMBER || change == GossipTable.Change.GENERATION;
        if (state != null && isNew) {
            connector.connect(state);
        }
    }

    private void keepIf(GossipTable.Change change, NodeId node) {
        switch (change) {
            case MEMBER, GENERATION, PROPERTIES -> keeper.onChanged(node);
            case NONE, HEARTBEAT, REFUSED -> {}
        }
    }

    private void publishChanges() {
        announce();
        for (NodeId node : roster.takeForgotten()) {
            connector.onDead(node);
            keeper.onChanged(node);
        }
        ClusterView changed = roster.takeChangedView();
        if (changed != null) {
            // Saved before anything is done by this view: a member that forgot the others in a crash would start again
            // as a ring of its own, whose every quorum is itself.
            keeper.flush();
            publish.accept(changed);
        }
    }

    /** What this member changed about itself others hear at once: joining and leaving waits for nothing else. */
    private void announce() {
        EndpointState self = roster.table().self();
        if (!self.sameProperties(told)) {
            told = self;
            gossiper.announce();
        }
    }

    private void later(long delayNanos, Runnable task) {
        seams.scheduler().schedule(Lane.CONTROL, delayNanos, () -> {
            if (!stopped.getAsBoolean()) {
                task.run();
            }
        });
    }
}
