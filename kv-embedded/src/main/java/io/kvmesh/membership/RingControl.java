package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.RingState;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.Verb;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * This member's part in the ring: it founds one or finds one, learns its states, votes about the next, and proposes
 * them when it is its turn. Confined to the control lane.
 */
final class RingControl {
    private final MembershipSeams seams;
    private final Roster roster;
    private final RingKeeper keeper;
    private final RingVoter voter;
    private final RingProposer proposer;
    private final RingSteward steward;
    private final RingFounder founder;
    private final RingMerger merger;
    private RingEpoch asked = RingEpoch.NONE;

    /** @param otherSeeds where other members may be found */
    RingControl(
            MembershipSeams seams, Roster roster, RingRecords records, RingVote saved, List<PeerAddress> otherSeeds) {
        this.seams = seams;
        this.roster = roster;
        keeper = new RingKeeper(seams, roster, records);
        voter = new RingVoter(seams, records, saved);
        proposer = new RingProposer(seams.self(), this::send, this::onDecided);
        merger = new RingMerger(seams, roster, keeper);
        steward = new RingSteward(seams, roster, keeper, proposer, merger);
        founder = new RingFounder(seams, roster, keeper, otherSeeds);
    }

    RingKeeper keeper() {
        return keeper;
    }

    RingSteward steward() {
        return steward;
    }

    void round() {
        proposer.round();
        steward.round();
        asked = RingEpoch.NONE;
        merger.round();
        founder.round();
        onNews();
    }

    /** Something is known of others that was not before. */
    void onNews() {
        askWhoIsAhead();
        merger.toAsk().forEach(this::ask);
        if (merger.look()) {
            proposer.abandon();
        }
        founder.look();
        steward.look();
    }

    void onMessage(PeerId from, RingMessage message) {
        switch (message.kind()) {
            case ASK -> onAsk(from.node(), message.epoch());
            case STATE -> {
                RingState told = message.state();
                if (told != null) {
                    onState(told);
                }
            }
            case PREPARE, ACCEPT -> answer(from.node(), message);
            case PROMISE, ACCEPTED, REFUSED -> proposer.onAnswer(from.node(), message);
        }
    }

    private void onState(RingState told) {
        if (keeper.adopt(told)) {
            proposer.abandon();
        }
        merger.onState(told);
    }

    private void onAsk(NodeId from, RingEpoch known) {
        tellEnd(from, known);
        RingState state = keeper.state();
        if (state != null
                && (known.lineage() != state.epoch().lineage() || state.epoch().isAfter(known))) {
            send(from, RingMessage.told(state));
        }
    }

    /** A member that knows less of a ring than how it ended was away then. */
    private void tellEnd(NodeId to, RingEpoch known) {
        RingState end = keeper.endOf(known.lineage());
        if (end != null && end.epoch().isAfter(known)) {
            send(to, RingMessage.told(end));
        }
    }

    private void answer(NodeId from, RingMessage message) {
        RingState known = keeper.state();
        if (known != null && known.epoch().lineage() != message.epoch().lineage()) {
            tellEnd(from, new RingEpoch(message.epoch().lineage(), 0));
            return;
        }
        try {
            RingMessage answer = voter.answer(known, message);
            if (answer != null) {
                send(from, answer);
            }
        } catch (NodeStoreException e) {
            keeper.report(e);
        }
    }

    /** Asks one member that knows a later state, unless it was asked in this round. */
    private void askWhoIsAhead() {
        RingState state = keeper.state();
        EndpointState ahead = state == null ? founder.ringOfAnother() : laterOf(state);
        if (ahead != null && !asked.equals(ahead.ring().epoch())) {
            asked = ahead.ring().epoch();
            ask(ahead.peer().node());
        }
    }

    private void ask(NodeId node) {
        RingState state = keeper.state();
        send(node, RingMessage.ask(state == null ? RingEpoch.NONE : state.epoch()));
    }

    private @Nullable EndpointState laterOf(RingState state) {
        EndpointState latest = null;
        for (EndpointState other : roster.table().states()) {
            RingNote note = other.ring();
            boolean later = note.epoch().isAfter(state.epoch()) || mayStandAgainst(state, note);
            if (later
                    && roster.state(other.peer().node()) == MemberState.ALIVE
                    && seams.messenger().hasSession(other.peer().node())
                    && (latest == null
                            || note.epoch().number() > latest.ring().epoch().number())) {
                latest = other;
            }
        }
        return latest;
    }

    /** Whether a ring that forms may have to give way to another one. */
    private static boolean mayStandAgainst(RingState state, RingNote note) {
        return state.phase() == RingState.Phase.FORMING
                && note.epoch().lineage() != state.epoch().lineage()
                && note.epoch().number() > 0
                && (note.epoch().number() > RingState.FORMING_NUMBER
                        || RingKeeper.isOlder(note.foundedMicros(), note.epoch().lineage(), state));
    }

    /** A replica or coordinator that this member talked to acts by another state of the ring. */
    void onOtherEpoch(NodeId from, RingEpoch theirs) {
        RingState state = keeper.state();
        boolean other = state != null
                && theirs.number() > 0
                && theirs.lineage() != state.epoch().lineage();
        if (state == null || other || theirs.isAfter(state.epoch())) {
            ask(from);
        } else if (state.epoch().isAfter(theirs)) {
            send(from, RingMessage.told(state));
        }
    }

    private void onDecided(RingState decided) {
        keeper.adopt(decided);
        RingMessage told = RingMessage.told(decided);
        byte[] payload = RingCodec.encode(told);
        for (NodeId node : roster.others(MemberState.ALIVE)) {
            seams.messenger().sendOneWay(node, Verb.RING, payload);
        }
    }

    private void send(NodeId to, RingMessage message) {
        if (to.equals(seams.self().node())) {
            onMessage(seams.self(), message);
        } else {
            seams.messenger().sendOneWay(to, Verb.RING, RingCodec.encode(message));
        }
    }
}
