package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerAddress;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Keeps sessions with all living members, and looks now and then whether a dead one is back. Confined to the control
 * lane.
 *
 * <p>A member that comes back contacts the others by itself; looking for the dead is what ends a split of the network
 * in which each side holds the other for dead, and what finds a member that was paused for long.
 */
final class Connector {
    /** Rounds for which hello is said to a dead member at a time. */
    private static final long DEAD_CONTACT_ROUNDS = 3;
    /** Rounds after which hello is started anew to a member that is not dead and has no session. */
    private static final long RECONNECT_ROUNDS = 5;
    /** Rounds after which hello is said again to a seed at whose address no living member is known. */
    private static final long SEED_ROUNDS = 10;

    private final MembershipSeams seams;
    private final Roster roster;
    private final List<PeerAddress> seeds;
    /** The round in which hello was last started, of members without a session. */
    private final SortedMap<NodeId, Long> contacted = new TreeMap<>();

    private long round;

    Connector(MembershipSeams seams, Roster roster, List<PeerAddress> seeds) {
        this.seams = seams;
        this.roster = roster;
        this.seeds = seeds;
    }

    void connectToSeeds() {
        seeds.forEach(seams.sessions()::connect);
    }

    /** Says hello to a run of a member that is not dead. */
    void connect(EndpointState state) {
        PeerAddress address = state.address();
        if (address != null) {
            contacted.put(state.peer().node(), round);
            seams.sessions().connect(state.peer(), address);
        }
    }

    void onSession(NodeId node) {
        contacted.remove(node);
    }

    void onDead(NodeId node) {
        contacted.remove(node);
        seams.sessions().disconnect(node);
    }

    /** One round's work. */
    void round() {
        round++;
        reviveSessions();
        giveUpOnTheDead();
        contactOneOfTheDead();
        if (round % SEED_ROUNDS == 0) {
            contactLostSeeds();
        }
    }

    private void reviveSessions() {
        for (EndpointState state : roster.table().states()) {
            NodeId node = state.peer().node();
            boolean wanted = !node.equals(seams.self().node()) && roster.state(node) != MemberState.DEAD;
            if (wanted
                    && !seams.messenger().hasSession(node)
                    && round - contacted.getOrDefault(node, -RECONNECT_ROUNDS) >= RECONNECT_ROUNDS) {
                connect(state);
            }
        }
    }

    private void giveUpOnTheDead() {
        List<NodeId> unanswered = contacted.entrySet().stream()
                .filter(entry -> roster.state(entry.getKey()) == MemberState.DEAD)
                .filter(entry -> round - entry.getValue() >= DEAD_CONTACT_ROUNDS)
                .map(Map.Entry::getKey)
                .toList();
        unanswered.forEach(this::onDead);
    }

    /** With a chance such that all members together look for each dead one about once per round. */
    private void contactOneOfTheDead() {
        List<NodeId> dead = roster.others(MemberState.DEAD);
        int living = roster.others(MemberState.ALIVE).size() + 1;
        if (dead.isEmpty() || !seams.random().chance((double) dead.size() / (living + 1))) {
            return;
        }
        NodeId node = dead.get(seams.random().nextInt(dead.size()));
        EndpointState state = roster.table().state(node);
        if (state != null && !contacted.containsKey(node)) {
            connect(state);
        }
    }

    private void contactLostSeeds() {
        for (PeerAddress seed : seeds) {
            boolean found = roster.table().states().stream()
                    .filter(state -> seed.equals(state.address()))
                    .anyMatch(state -> state.peer().equals(seams.self())
                            || roster.state(state.peer().node()) == MemberState.ALIVE);
            if (!found) {
                seams.sessions().connect(seed);
            }
        }
    }
}
