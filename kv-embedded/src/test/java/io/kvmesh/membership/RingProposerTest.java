package io.kvmesh.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.membership.RingMessage.Kind;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Replication;
import io.kvmesh.ring.RingMember;
import io.kvmesh.ring.RingState;
import io.kvmesh.ring.Token;
import io.kvmesh.transport.PeerId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The proposer alone: what it sends after which answers. */
class RingProposerTest {
    private static final PeerId ANN = new PeerId(new NodeId(1), 1);
    private static final PeerId BOB = new PeerId(new NodeId(2), 1);
    private static final List<NodeId> VOTERS = List.of(ANN.node(), BOB.node());

    private final RingState forming = RingState.forming(7, 5, Replication.of(1), member(ANN));
    private final RingState next = forming.formed(List.of(member(ANN), member(BOB)));
    private final List<RingMessage> sent = new ArrayList<>();
    private final List<RingState> decided = new ArrayList<>();
    private final RingProposer proposer = new RingProposer(ANN, (voter, message) -> sent.add(message), decided::add);

    @Test
    void whatAllAcceptIsDecided() {
        proposer.propose(next, VOTERS, 2);
        Ballot ballot = sent.get(0).ballot();
        VOTERS.forEach(voter -> proposer.onAnswer(voter, answer(Kind.PROMISE, ballot)));
        VOTERS.forEach(voter -> proposer.onAnswer(voter, answer(Kind.ACCEPTED, ballot)));

        assertThat(decided).containsExactly(next);
        assertThat(proposer.isBusy()).isFalse();
    }

    @Test
    void whoWasRefusedLeavesTheOthersAloneUntilTheNextRound() {
        proposer.propose(next, VOTERS, 2);
        proposer.onAnswer(BOB.node(), answer(Kind.REFUSED, new Ballot(9, BOB)));
        sent.clear();

        assertThat(proposer.isBusy()).isTrue();
        proposer.propose(next, VOTERS, 2);
        assertThat(sent).isEmpty();

        proposer.round();
        assertThat(proposer.isBusy()).isFalse();
        proposer.propose(next, VOTERS, 2);
        assertThat(sent).hasSize(2).allMatch(message -> message.ballot().round() == 10);
    }

    @Test
    void theRefusalOfAnEarlierAttemptHoldsUpNothing() {
        proposer.propose(next, VOTERS, 2);
        proposer.onAnswer(BOB.node(), answer(Kind.REFUSED, Ballot.NONE));

        assertThat(sent).hasSize(2);
        proposer.round();
        assertThat(sent).as("both are asked again").hasSize(4);
    }

    private RingMessage answer(Kind kind, Ballot ballot) {
        return new RingMessage(kind, next.epoch(), ballot, Ballot.NONE, null);
    }

    private static RingMember member(PeerId peer) {
        return new RingMember(
                peer.node(), 1, "dc", "rack", List.of(new Token(peer.node().value(), 0)));
    }
}
