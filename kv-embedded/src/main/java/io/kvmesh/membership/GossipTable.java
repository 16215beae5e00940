package io.kvmesh.membership;

import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The states of all members that this one knows, itself included, and the three messages of an exchange. Confined to
 * the control lane.
 *
 * <p>An exchange: (1) the initiator sends its digest; (2) the other answers with what it knows better, and asks for
 * what the initiator knows better; (3) the initiator sends that. Afterwards both know the newer of each state. A lost
 * message costs a round and nothing else, because every delta says from which version on it is complete.
 */
final class GossipTable {

    /** What a received delta did. */
    enum Change {
        /** Nothing: it was old, or started later than what is known here. */
        NONE,
        /** A later heartbeat, the properties are as before. */
        HEARTBEAT,
        /** Properties changed. */
        PROPERTIES,
        /** The member restarted, or started anew under an address. */
        GENERATION,
        /** The member was not known. */
        MEMBER,
        /** The table is full; the member was not taken in. */
        REFUSED
    }

    private final int membersMax;
    private final Predicate<EndpointState> isTold;
    private final NavigableMap<NodeId, EndpointState> states = new TreeMap<>();
    private EndpointState self;

    /** @param isTold whether others are told a state that is known here */
    GossipTable(EndpointState self, int membersMax, Predicate<EndpointState> isTold) {
        this.self = self;
        this.membersMax = membersMax;
        this.isTold = isTold;
        states.put(self.peer().node(), self);
    }

    EndpointState self() {
        return self;
    }

    /** All states, ordered by identity. */
    Collection<EndpointState> states() {
        return Collections.unmodifiableCollection(states.values());
    }

    @Nullable
    EndpointState state(NodeId node) {
        return states.get(node);
    }

    int size() {
        return states.size();
    }

    /** Whether no further member is taken in. */
    boolean isFull() {
        return states.size() >= membersMax;
    }

    /** Forgets another member. */
    void remove(NodeId node) {
        Invariants.check(!node.equals(self.peer().node()), "a member does not forget itself");
        states.remove(node);
    }

    /** Raises this member's heartbeat. */
    long beat() {
        self = self.withHeartbeat(self.version() + 1);
        states.put(self.peer().node(), self);
        return self.heartbeat();
    }

    /** Sets a property of this member, which all others will learn. */
    void tell(int code, byte[] bytes) {
        if (self.has(code, bytes)) {
            return;
        }
        self = self.with(code, bytes);
        states.put(self.peer().node(), self);
    }

    /** Sets what this member wants of the ring. */
    void tell(EndpointStatus status) {
        tell(EndpointState.STATUS, new byte[] {(byte) status.code()});
    }

    /** Takes in what an earlier run of this member knew of another one, unless more is known already. */
    Change remember(EndpointState remembered) {
        NodeId node = remembered.peer().node();
        if (node.equals(self.peer().node()) || states.containsKey(node)) {
            return Change.NONE;
        }
        return add(remembered, Change.MEMBER);
    }

    /** Takes note that a run of a member was met. */
    Change meet(PeerId peer, PeerAddress address) {
        EndpointState known = states.get(peer.node());
        if (known == null) {
            return add(EndpointState.met(peer, address), Change.MEMBER);
        }
        if (peer.generation() <= known.peer().generation()) {
            return Change.NONE;
        }
        return add(EndpointState.met(peer, address), Change.GENERATION);
    }

    Digest digest() {
        List<DigestEntry> entries = new ArrayList<>(states.size());
        for (EndpointState state : states.values()) {
            if (state.isKnown() && isTold.test(state)) {
                entries.add(entryOf(state));
            }
        }
        return new Digest(true, entries);
    }

    /** A digest of this member and one other, for the first exchange after meeting it. */
    Digest digestWith(PeerId peer) {
        EndpointState known = states.get(peer.node());
        DigestEntry other = known == null ? new DigestEntry(peer, 0) : entryOf(known);
        return new Digest(false, List.of(entryOf(self), other));
    }

    /**
     * Answers a digest.
     *
     * @param first a number that decides with which member a message that cannot hold all of them begins
     */
    Delta answer(Digest digest, int first) {
        TreeMap<NodeId, DigestEntry> theirs = new TreeMap<>();
        digest.entries().forEach(entry -> theirs.put(entry.peer().node(), entry));
        DeltaBuilder builder = new DeltaBuilder();
        addState(builder, self, theirs.get(self.peer().node()), digest.complete());
        for (EndpointState state : rotated(first)) {
            addState(builder, state, theirs.get(state.peer().node()), digest.complete());
        }
        for (DigestEntry entry : theirs.values()) {
            if (isBehind(entry)) {
                EndpointState mine = states.get(entry.peer().node());
                builder.request(
                        mine == null ? new DigestEntry(new PeerId(entry.peer().node(), 0), 0) : entryOf(mine));
            }
        }
        return builder.build();
    }

    /** The states that were asked for. */
    Delta answerRequests(List<DigestEntry> requests) {
        DeltaBuilder builder = new DeltaBuilder();
        for (DigestEntry request : requests) {
            EndpointState state = states.get(request.peer().node());
            if (state != null) {
                addState(builder, state, request, true);
            }
        }
        return builder.build();
    }

    Change merge(StateDelta delta) {
        NodeId node = delta.peer().node();
        if (node.equals(self.peer().node())) {
            return Change.NONE;
        }
        EndpointState known = states.get(node);
        long knownGeneration = known == null ? -1 : known.peer().generation();
        if (known == null || delta.peer().generation() > knownGeneration) {
            return delta.since() > 0 || delta.heartbeat() == 0
                    ? Change.NONE
                    : add(EndpointState.received(delta), known == null ? Change.MEMBER : Change.GENERATION);
        }
        if (delta.peer().generation() < knownGeneration || delta.since() > known.version()) {
            return Change.NONE;
        }
        return mergeInto(known, delta);
    }

    private Change mergeInto(EndpointState known, StateDelta delta) {
        EndpointState merged = known.plus(delta);
        states.put(known.peer().node(), merged);
        if (!merged.sameProperties(known)) {
            return Change.PROPERTIES;
        }
        return merged.heartbeat() > known.heartbeat() ? Change.HEARTBEAT : Change.NONE;
    }

    private Change add(EndpointState state, Change change) {
        if (change == Change.MEMBER && isFull()) {
            return Change.REFUSED;
        }
        states.put(state.peer().node(), state);
        return change;
    }

    /** All states but this member's own, starting somewhere. */
    private List<EndpointState> rotated(int first) {
        List<EndpointState> others = new ArrayList<>(states.values());
        others.remove(self);
        if (!others.isEmpty()) {
            Collections.rotate(others, -(first % others.size()));
        }
        return others;
    }

    private boolean isBehind(DigestEntry theirs) {
        NodeId node = theirs.peer().node();
        if (node.equals(self.peer().node()) || theirs.version() == 0) {
            return false;
        }
        EndpointState mine = states.get(node);
        if (mine == null) {
            return true;
        }
        int order = Long.compare(theirs.peer().generation(), mine.peer().generation());
        return order > 0 || (order == 0 && theirs.version() > mine.version());
    }

    /** Adds what is newer here than there; a member that they do not list only if they listed all they know. */
    private void addState(DeltaBuilder builder, EndpointState mine, @Nullable DigestEntry theirs, boolean addUnlisted) {
        if (!mine.isKnown() || !isTold.test(mine) || (theirs == null && !addUnlisted)) {
            return;
        }
        long generation = theirs == null ? -1 : theirs.peer().generation();
        if (theirs == null || generation < mine.peer().generation()) {
            builder.add(mine.deltaSince(0));
        } else if (generation == mine.peer().generation() && theirs.version() < mine.version()) {
            builder.add(mine.deltaSince(theirs.version()));
        }
    }

    private static DigestEntry entryOf(EndpointState state) {
        return new DigestEntry(state.peer(), state.version());
    }
}
