package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.RingChange;
import io.kvmesh.ring.RingState;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The ring and the state of its members as this member sees them at one moment. Immutable. */
public final class ClusterView {
    /** The address of a store that does not listen. */
    public static final PeerAddress NOWHERE = new PeerAddress("localhost", 0);

    private final NodeId self;
    private final RingViews rings;
    private final boolean merging;
    private final SortedMap<NodeId, Member> members;

    /** The view of a ring that does not change. */
    public ClusterView(NodeId self, Ring ring, SortedMap<NodeId, Member> members) {
        this(self, RingEpoch.NONE, ring, null, members);
    }

    /**
     * The view of a ring of which nothing is known but who holds what.
     *
     * @param ring where keys are read
     * @param otherRing where writes must go as well, because the ring is changing; null if it is not
     */
    public ClusterView(
            NodeId self, RingEpoch epoch, Ring ring, @Nullable Ring otherRing, SortedMap<NodeId, Member> members) {
        this(
                self,
                new RingViews(
                        epoch,
                        null,
                        ring,
                        otherRing,
                        new long[ring.partitioner().partitions()]),
                false,
                members);
    }

    ClusterView(NodeId self, RingViews rings, boolean merging, SortedMap<NodeId, Member> members) {
        this.self = self;
        this.rings = rings;
        this.merging = merging;
        this.members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    }

    /** The view of a member that knows no other. */
    public static ClusterView alone(PeerId self, PeerAddress address, Ring ring, long sinceMicros) {
        TreeMap<NodeId, Member> members = new TreeMap<>();
        members.put(self.node(), new Member(self.node(), self.generation(), address, MemberState.ALIVE, sinceMicros));
        return new ClusterView(self.node(), ring, members);
    }

    /** The view of a store that opens no socket: one member that holds every partition, for ever. */
    public static ClusterView alone(NodeId self, Partitioner partitioner, int replicationFactor, long sinceMicros) {
        Ring ring = Ring.of(partitioner, replicationFactor, Map.of(self, List.of(partitioner.startOf(0))));
        return alone(new PeerId(self, 0), NOWHERE, ring, sinceMicros);
    }

    public NodeId self() {
        return self;
    }

    /** Which state of the ring this is. */
    public RingEpoch epoch() {
        return rings.epoch();
    }

    /** The state of the ring; null before there is one, and for a store that is alone. */
    public @Nullable RingState ringState() {
        return rings.state();
    }

    /** The change of the ring that is under way; null if none is. */
    public @Nullable RingChange ringChange() {
        return rings.change();
    }

    /**
     * By partition: the number of the state since which those who read and write it are the same. The array is not to
     * be changed.
     */
    public long[] changedAt() {
        return rings.changedAt();
    }

    /** The ring by which keys are read and written. */
    public Ring ring() {
        return rings.ring();
    }

    /**
     * The ring whose replicas writes must reach as well, each with the quorum that the level asks for, while members
     * join or leave; null if none do.
     */
    public @Nullable Ring otherRing() {
        return rings.otherRing();
    }

    /**
     * Whether this member came from another ring, which gave way to this one, and may have something from there that it
     * has not handed over yet.
     */
    public boolean isMerging() {
        return merging;
    }

    /** All members, this one included, ordered by identity. */
    public SortedMap<NodeId, Member> members() {
        return members;
    }

    /** Whether operations should be sent to this member. This member itself is always alive. */
    public boolean isAlive(NodeId node) {
        Member member = members.get(node);
        return member != null && member.state() == MemberState.ALIVE;
    }

    public @Nullable Member member(NodeId node) {
        return members.get(node);
    }

    /** How many members are alive and have their place in the ring, this one included. */
    public int servingCount() {
        int serving = 0;
        for (Member member : members.values()) {
            if (member.state() == MemberState.ALIVE && rings.ring().contains(member.node())) {
                serving++;
            }
        }
        return serving;
    }

    public int aliveCount() {
        int alive = 0;
        for (Member member : members.values()) {
            if (member.state() == MemberState.ALIVE) {
                alive++;
            }
        }
        return alive;
    }

    /**
     * One member.
     *
     * @param stateSinceMicros wall time of the last change of its state
     */
    public record Member(NodeId node, long generation, PeerAddress address, MemberState state, long stateSinceMicros) {}
}
