package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.RingState;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.Verb;
import java.util.List;
import java.util.function.Consumer;

/**
 * Exchanges states with other members. Confined to the control lane.
 *
 * <ol>
 *   <li>Every round this member raises its heartbeat and sends its digest to one living member, chosen at random, and
 *       sometimes to a seed too, so that members who started at different seeds find each other.
 *   <li>Whoever gets a digest answers with a delta: what it knows better, and requests for what it knows less well.
 *   <li>Whoever gets a delta takes it in and sends back what was asked for.
 * </ol>
 */
final class Gossiper {
    /** How many others hear of a change at once, the first one of those who act upon it not counted. */
    private static final int ANNOUNCED_TO_MAX = 4;

    private final MembershipSeams seams;
    private final Roster roster;
    private final List<PeerAddress> seeds;
    private final Consumer<StateDelta> merge;

    /** @param merge takes in one state */
    Gossiper(MembershipSeams seams, Roster roster, List<PeerAddress> seeds, Consumer<StateDelta> merge) {
        this.seams = seams;
        this.roster = roster;
        this.seeds = seeds;
        this.merge = merge;
    }

    void round() {
        roster.table().beat();
        List<NodeId> reachable = roster.others(MemberState.ALIVE);
        reachable.removeIf(node -> !seams.messenger().hasSession(node));
        if (reachable.isEmpty()) {
            return;
        }
        // Whoever is overdue is being pinged already; a round spent on it would most likely be lost.
        List<NodeId> well = reachable.stream().filter(roster::isWell).toList();
        NodeId partner = pick(well.isEmpty() ? reachable : well);
        Digest digest = roster.table().digest();
        send(partner, digest);
        List<NodeId> reachableSeeds = reachable.stream().filter(this::isSeed).toList();
        boolean askSeed = !reachableSeeds.isEmpty()
                && !reachableSeeds.contains(partner)
                && seams.random().chance((double) reachableSeeds.size() / reachable.size());
        if (askSeed) {
            send(pick(reachableSeeds), digest);
        }
    }

    /**
     * Tells others of a change of this member without waiting for a round: all of them if they are few, else some and
     * the one whose turn it is to act upon it.
     */
    void announce() {
        List<NodeId> reachable = roster.others(MemberState.ALIVE);
        reachable.removeIf(node -> !seams.messenger().hasSession(node));
        Delta own = new Delta(List.of(roster.table().self().deltaSince(0)), List.of());
        byte[] payload = GossipCodec.encode(own);
        RingState state = roster.rings().state();
        List<NodeId> voters = state == null ? reachable : state.voters();
        NodeId first = voters.stream().filter(reachable::contains).findFirst().orElse(null);
        if (first != null) {
            reachable.remove(first);
            seams.messenger().sendOneWay(first, Verb.GOSSIP_DELTA_BACK, payload);
        }
        for (int told = 0; told < ANNOUNCED_TO_MAX && !reachable.isEmpty(); told++) {
            NodeId node = reachable.remove(seams.random().nextInt(reachable.size()));
            seams.messenger().sendOneWay(node, Verb.GOSSIP_DELTA_BACK, payload);
        }
    }

    private boolean isSeed(NodeId node) {
        EndpointState state = roster.table().state(node);
        return state != null && seeds.contains(state.address());
    }

    /**
     * The first exchange with a run of a member that was met just now. Whoever knows nobody yet asks for everything;
     * otherwise the two tell each other of themselves only, or a member that joins a large ring would get all its
     * states from each of them at once.
     */
    void greet(PeerId peer) {
        EndpointState state = roster.table().state(peer.node());
        Digest all = roster.table().digest();
        if (all.entries().size() == 1) {
            send(peer.node(), all);
        } else if (state == null || !state.isKnown()) {
            send(peer.node(), roster.table().digestWith(peer));
        }
    }

    void onDigest(PeerId from, Digest digest) {
        for (DigestEntry entry : digest.entries()) {
            if (entry.peer().equals(from)) {
                // What a member says of itself proves its life even before the rest of its state is here.
                roster.heard(from, entry.version());
            }
        }
        Delta answer =
                roster.table().answer(withoutForgotten(digest), seams.random().nextInt(MembershipConfig.MEMBERS_MAX));
        seams.messenger().sendOneWay(from.node(), Verb.GOSSIP_DELTA, GossipCodec.encode(answer));
    }

    /** What is not taken in is not asked for. */
    private Digest withoutForgotten(Digest digest) {
        List<DigestEntry> entries = digest.entries().stream()
                .filter(entry -> !roster.wasForgotten(entry.peer()))
                .toList();
        return new Digest(digest.complete(), entries);
    }

    /** Takes in a delta; the last message of an exchange asks for nothing more. */
    void onDelta(PeerId from, Delta delta) {
        delta.states().forEach(merge);
        if (!delta.requests().isEmpty()) {
            Delta back = roster.table().answerRequests(delta.requests());
            seams.messenger().sendOneWay(from.node(), Verb.GOSSIP_DELTA_BACK, GossipCodec.encode(back));
        }
    }

    private void send(NodeId to, Digest digest) {
        seams.messenger().sendOneWay(to, Verb.GOSSIP_DIGEST, GossipCodec.encode(digest));
    }

    private NodeId pick(List<NodeId> nodes) {
        return nodes.get(seams.random().nextInt(nodes.size()));
    }
}
