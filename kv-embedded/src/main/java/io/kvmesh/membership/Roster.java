package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.RingState;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is a member (the gossip table), who is alive (the failure detector), and the view that follows from both.
 * Confined to the control lane.
 */
final class Roster {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

    private final MembershipSeams seams;
    private final GossipTable table;
    private final FailureDetector detector;
    private final Departures departures;
    private final ListeningClock listening;
    private final long startedMicros;
    private RingViews rings;
    private boolean merging;
    private boolean viewIsStale = true;
    private boolean fullWasReported;
    /** Whether it was found in this round that nobody can be forgotten to make room. */
    private boolean noRoom;

    private final List<NodeId> forgotten = new ArrayList<>();

    Roster(MembershipSeams seams, EndpointState self) {
        this.seams = seams;
        this.table = new GossipTable(self, seams.config().membersMax(), this::isTold);
        this.detector = new FailureDetector(seams.config());
        this.departures = new Departures(seams.config().forgetAfterNanos());
        long intervalNanos = seams.config().gossipIntervalNanos();
        this.listening = new ListeningClock(
                intervalNanos / FailureDetector.TICKS_PER_INTERVAL,
                intervalNanos,
                seams.clock().monotonicNanos());
        this.startedMicros = seams.clock().wallMicros();
        this.rings = RingViews.none(seams.partitioner(), seams.replication());
    }

    GossipTable table() {
        return table;
    }

    Departures departures() {
        return departures;
    }

    /** The ring as this member knows it. */
    RingViews rings() {
        return rings;
    }

    /** Reads and writes go by these from now on. */
    void use(RingViews changed) {
        rings = changed;
        viewIsStale = true;
    }

    /** Whether this member may have something that it brought from another ring and that this one has not. */
    boolean isMerging() {
        return merging;
    }

    void merging(boolean changed) {
        viewIsStale |= merging != changed;
        merging = changed;
    }

    /** For how long a member has been dead; negative if it is not. */
    long deadNanos(NodeId node) {
        Contact contact = detector.contact(node);
        return contact == null || contact.state != MemberState.DEAD ? -1 : nowNanos() - contact.stateSinceNanos;
    }

    MemberState state(NodeId node) {
        return detector.state(node);
    }

    /** Whether a member is alive and its heartbeat is not overdue. */
    boolean isWell(NodeId node) {
        return detector.isWell(node, nowNanos());
    }

    /** The other members in a state, ordered by identity. */
    List<NodeId> others(MemberState state) {
        List<NodeId> nodes = new ArrayList<>();
        for (EndpointState member : table.states()) {
            NodeId node = member.peer().node();
            if (!node.equals(seams.self().node()) && detector.state(node) == state) {
                nodes.add(node);
            }
        }
        return nodes;
    }

    /** Takes in a member of an earlier run. */
    GossipTable.Change remember(PeerId peer, PeerAddress address) {
        if (wasForgotten(peer)) {
            return GossipTable.Change.NONE;
        }
        return taken(table.remember(EndpointState.remembered(peer, address)), peer);
    }

    /** Takes in a state that another member told. */
    GossipTable.Change merge(StateDelta delta) {
        if (wasForgotten(delta.peer())) {
            return GossipTable.Change.NONE;
        }
        EndpointState before = table.state(delta.peer().node());
        if (before == null) {
            makeRoom();
        }
        PeerAddress addressBefore = before == null ? null : before.address();
        GossipTable.Change change = taken(table.merge(delta), delta.peer());
        EndpointState after = table.state(delta.peer().node());
        // All else that it tells of itself is not part of the view.
        viewIsStale |= after != null && !Objects.equals(addressBefore, after.address());
        heard(delta.peer(), delta.heartbeat());
        return change;
    }

    /** Takes note that a session with a run of a member was agreed. */
    GossipTable.Change met(PeerId peer, PeerAddress address) {
        if (table.state(peer.node()) == null) {
            makeRoom();
        }
        GossipTable.Change change = taken(table.meet(peer, address), peer);
        if (detector.met(peer, wallMicros(), nowNanos())) {
            report(peer.node());
        }
        return change;
    }

    void heard(PeerId peer, long heartbeat) {
        if (detector.heard(peer, heartbeat, wallMicros(), nowNanos())) {
            report(peer.node());
        }
    }

    void suspectedByOther(PeerId peer, long version) {
        if (detector.suspectedByOther(peer, version, wallMicros(), nowNanos())) {
            report(peer.node());
        }
    }

    void departed(PeerId peer) {
        if (detector.departed(peer, wallMicros(), nowNanos())) {
            report(peer.node());
        }
    }

    /** Lets the failure detector judge; to be called {@link FailureDetector#TICKS_PER_INTERVAL} times per interval. */
    List<FailureDetector.Finding> tick() {
        listening.tick(seams.clock().monotonicNanos());
        List<FailureDetector.Finding> findings = detector.tick(wallMicros(), nowNanos());
        for (FailureDetector.Finding finding : findings) {
            if (finding.verdict() == FailureDetector.Verdict.SUSPECTED
                    || finding.verdict() == FailureDetector.Verdict.DIED) {
                report(finding.node());
            }
        }
        return findings;
    }

    /** The latest heartbeat that was heard of a member. */
    long heardVersion(NodeId node) {
        Contact contact = detector.contact(node);
        return contact == null ? 0 : contact.heardVersion;
    }

    /** Forgets those who are departed for long. To be called once per round. */
    void forgetDeparted() {
        noRoom = false;
        lookForDepartures();
        departures.due(this::isDeparted, wallMicros()).forEach(this::forget);
        departures.prune(this::isKnown, wallMicros());
    }

    /** Those who were forgotten since the last call. */
    List<NodeId> takeForgotten() {
        List<NodeId> taken = List.copyOf(forgotten);
        forgotten.clear();
        return taken;
    }

    /** Whether a run was forgotten: what others tell of it is old. The member itself is listened to. */
    boolean wasForgotten(PeerId peer) {
        return !isKnown(peer.node()) && departures.includes(peer) && !mayHaveSeat(peer.node());
    }

    private void lookForDepartures() {
        for (EndpointState state : table.states()) {
            NodeId node = state.peer().node();
            if (isDeparted(node)) {
                departures.departed(state.peer(), wallMicros());
            } else if (mayHaveSeat(node) || detector.state(node) == MemberState.ALIVE) {
                departures.returned(node);
            }
        }
    }

    /** When the table is full, one is forgotten for one that comes. */
    private void makeRoom() {
        if (!table.isFull() || noRoom) {
            return;
        }
        lookForDepartures();
        NodeId longest = departures.longest(this::isDeparted);
        if (longest != null) {
            forget(longest);
        } else {
            noRoom = true;
        }
    }

    private void forget(NodeId node) {
        LOG.info("Member {}, which is dead and has no seat in the ring, is forgotten", node);
        table.remove(node);
        detector.forget(node);
        forgotten.add(node);
        viewIsStale = true;
    }

    private boolean isKnown(NodeId node) {
        return table.state(node) != null;
    }

    /** Whether a member is dead, and known to have no seat. */
    private boolean isDeparted(NodeId node) {
        return isKnown(node)
                && !mayHaveSeat(node)
                && !node.equals(seams.self().node())
                && detector.state(node) == MemberState.DEAD;
    }

    /** Whether a member has a seat, or this one is in no ring that could tell. */
    private boolean mayHaveSeat(NodeId node) {
        RingState state = rings.state();
        return state == null || !state.isServing() || state.standing(node) != null;
    }

    /**
     * Others are not told of who departed, nor of who is known from an earlier run only, or those that come later would
     * learn of them for ever, each from the one before.
     */
    private boolean isTold(EndpointState state) {
        NodeId node = state.peer().node();
        return mayHaveSeat(node)
                || node.equals(seams.self().node())
                || (detector.state(node) != MemberState.DEAD && !state.isOfEarlierRun());
    }

    /** The new view, or null if nothing changed since the last call. */
    @Nullable
    ClusterView takeChangedView() {
        if (!viewIsStale) {
            return null;
        }
        viewIsStale = false;
        TreeMap<NodeId, ClusterView.Member> members = new TreeMap<>();
        for (EndpointState state : table.states()) {
            PeerAddress address = state.address();
            if (address != null) {
                members.put(state.peer().node(), member(state, address));
            }
        }
        addUnmet(members);
        return new ClusterView(seams.self().node(), rings, merging, members);
    }

    /** Members of the ring of which nobody told anything: those who were dead before this one came. */
    private void addUnmet(Map<NodeId, ClusterView.Member> members) {
        RingState state = rings.state();
        if (state != null) {
            for (NodeId node : state.seats().keySet()) {
                members.putIfAbsent(
                        node, new ClusterView.Member(node, 0, ClusterView.NOWHERE, MemberState.DEAD, startedMicros));
            }
        }
    }

    private ClusterView.Member member(EndpointState state, PeerAddress address) {
        NodeId node = state.peer().node();
        Contact contact = detector.contact(node);
        return contact == null
                ? new ClusterView.Member(node, state.peer().generation(), address, MemberState.ALIVE, startedMicros)
                : new ClusterView.Member(
                        node, state.peer().generation(), address, contact.state, contact.stateSinceMicros);
    }

    private GossipTable.Change taken(GossipTable.Change change, PeerId peer) {
        switch (change) {
            case MEMBER, GENERATION -> {
                EndpointState state = table.state(peer.node());
                long heartbeat = state == null ? 0 : state.heartbeat();
                detector.learned(peer, heartbeat, wallMicros(), nowNanos());
                viewIsStale = true;
            }
            case REFUSED -> reportFull(peer);
            case PROPERTIES, HEARTBEAT, NONE -> {}
        }
        return change;
    }

    private void report(NodeId node) {
        viewIsStale = true;
        EndpointState state = table.state(node);
        PeerAddress address = state == null ? null : state.address();
        switch (detector.state(node)) {
            case ALIVE -> LOG.info("Member {} at {} is alive", node, address);
            case SUSPECT -> LOG.info("Member {} at {} is suspected: operations avoid it", node, address);
            case DEAD -> LOG.info("Member {} at {} is dead; it keeps its place in the ring", node, address);
        }
    }

    private void reportFull(PeerId peer) {
        if (!fullWasReported) {
            fullWasReported = true;
            LOG.warn(
                    "Member {} is not taken in, nor are further ones while {} are known that live or have seats",
                    peer.node(),
                    seams.config().membersMax());
        }
    }

    private long wallMicros() {
        return seams.clock().wallMicros();
    }

    private long nowNanos() {
        return listening.listeningNanos(seams.clock().monotonicNanos());
    }
}
