package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.Verb;
import java.util.List;

/**
 * Asks overdue members, and others about them, whether they are alive, and answers such questions. Confined to the
 * control lane. Nothing is awaited: an answer is a heartbeat like any other, and silence is what the failure detector
 * measures.
 */
final class Prober {
    /** How many others are asked at a time to ping a member for this one. */
    private static final int HELPERS_MAX = 3;

    private final MembershipSeams seams;
    private final Roster roster;

    Prober(MembershipSeams seams, Roster roster) {
        this.seams = seams;
        this.roster = roster;
    }

    void probe(NodeId node) {
        EndpointState state = roster.table().state(node);
        if (state != null) {
            send(node, new Probe(Probe.Kind.PING, self().node(), state.peer(), 0));
        }
    }

    /** Asks up to three other living members, chosen at random. */
    void probeThroughOthers(NodeId node) {
        EndpointState state = roster.table().state(node);
        List<NodeId> helpers = roster.others(MemberState.ALIVE);
        helpers.remove(node);
        for (int asked = 0; state != null && asked < HELPERS_MAX && !helpers.isEmpty(); asked++) {
            NodeId helper = helpers.remove(seams.random().nextInt(helpers.size()));
            send(helper, new Probe(Probe.Kind.PING_REQUEST, self().node(), state.peer(), 0));
        }
    }

    /** Tells all living members, and the suspect, that this one holds a member for dead. */
    void tellSuspicion(NodeId suspect) {
        EndpointState state = roster.table().state(suspect);
        if (state == null) {
            return;
        }
        Probe suspicion = new Probe(Probe.Kind.SUSPICION, self().node(), state.peer(), roster.heardVersion(suspect));
        send(suspect, suspicion);
        roster.others(MemberState.ALIVE).forEach(node -> send(node, suspicion));
    }

    void onProbe(PeerId from, Probe probe) {
        switch (probe.kind()) {
            case PING -> onPing(from, probe);
            case ACK -> onAck(from, probe);
            case PING_REQUEST -> {
                if (!probe.subject().node().equals(self().node())) {
                    send(probe.subject().node(), new Probe(Probe.Kind.PING, probe.origin(), probe.subject(), 0));
                }
            }
            case SUSPICION -> onSuspicion(probe);
            case GOODBYE -> {
                // Only the member itself can say goodbye.
                if (from.equals(probe.subject())) {
                    roster.departed(from);
                }
            }
        }
    }

    /** The answer is a new heartbeat, so it proves that this member was alive after the question was asked. */
    private void onPing(PeerId from, Probe ping) {
        if (ping.subject().node().equals(self().node())) {
            send(
                    from.node(),
                    new Probe(
                            Probe.Kind.ACK,
                            ping.origin(),
                            self(),
                            roster.table().beat()));
        }
    }

    private void onAck(PeerId from, Probe ack) {
        roster.heard(ack.subject(), ack.version());
        // Passed on only when it comes from the subject itself, so that it travels two steps at most.
        if (!ack.origin().equals(self().node()) && from.equals(ack.subject())) {
            send(ack.origin(), ack);
        }
    }

    private void onSuspicion(Probe suspicion) {
        if (suspicion.subject().equals(self())) {
            send(
                    suspicion.origin(),
                    new Probe(
                            Probe.Kind.ACK,
                            suspicion.origin(),
                            self(),
                            roster.table().beat()));
        } else {
            roster.suspectedByOther(suspicion.subject(), suspicion.version());
        }
    }

    private void send(NodeId to, Probe probe) {
        seams.messenger().sendOneWay(to, Verb.PING, GossipCodec.encode(probe));
    }

    private PeerId self() {
        return seams.self();
    }
}
