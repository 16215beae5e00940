package io.kvmesh.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.membership.GossipTable.Change;
import io.kvmesh.ring.Token;
import io.kvmesh.transport.PeerId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class GossipTableTest {
    private static final List<Token> TOKENS = List.of(new Token(4, 2));

    private final GossipTable ann = table(1, 1);
    private final GossipTable bob = table(2, 1);

    @Test
    void anExchangeMakesBothKnowBoth() {
        exchange(ann, bob);

        assertThat(state(ann, 2).tokens()).isEqualTo(tokens(2));
        assertThat(state(bob, 1).tokens()).isEqualTo(tokens(1));
        assertThat(state(bob, 1).address()).isEqualTo(TestMesh.address(1));
        assertThat(bob.digest()).isEqualTo(ann.digest());
    }

    @Test
    void laterExchangesCarryHeartbeatsOnly() {
        exchange(ann, bob);
        ann.beat();
        bob.beat();

        Delta answer = bob.answer(ann.digest(), 0);

        assertThat(answer.states()).singleElement().satisfies(delta -> {
            assertThat(delta.peer()).isEqualTo(TestMesh.peer(2, 1));
            assertThat(delta.fields()).isEmpty();
        });
        assertThat(answer.requests()).containsExactly(new DigestEntry(TestMesh.peer(1, 1), 2));
        assertThat(ann.answerRequests(answer.requests()).states())
                .singleElement()
                .satisfies(delta -> assertThat(delta.fields()).isEmpty());
    }

    @Test
    void aDeltaThatStartsLaterThanWhatIsKnownIsNotTakenIn() {
        assertThat(ann.merge(bob.self().deltaSince(1))).as("unknown member").isEqualTo(Change.NONE);
        assertThat(ann.merge(bob.self().deltaSince(0))).isEqualTo(Change.MEMBER);
        StateDelta gap = new StateDelta(
                TestMesh.peer(2, 1), 50, 60, bob.self().deltaSince(99).fields());

        assertThat(ann.merge(gap)).isEqualTo(Change.NONE);
        assertThat(state(ann, 2).heartbeat()).isEqualTo(bob.self().heartbeat());
    }

    @Test
    void anOldDeltaChangesNothing() {
        StateDelta old = bob.self().deltaSince(0);
        bob.beat();
        ann.merge(bob.self().deltaSince(0));

        assertThat(ann.merge(old)).isEqualTo(Change.NONE);
        assertThat(state(ann, 2)).isNotNull();
        assertThat(state(ann, 2).heartbeat()).isEqualTo(bob.self().heartbeat());
    }

    @Test
    void aLaterGenerationReplacesAndAnEarlierOneIsIgnored() {
        exchange(ann, bob);
        GossipTable restarted = table(2, 2);

        assertThat(ann.merge(restarted.self().deltaSince(0))).isEqualTo(Change.GENERATION);
        bob.beat();
        assertThat(ann.merge(bob.self().deltaSince(0))).isEqualTo(Change.NONE);
        assertThat(state(ann, 2).peer().generation()).isEqualTo(2);
    }

    @Test
    void aMetRunKeepsTheTokensOfTheEarlierOneAndIsNotPassedOnUntilItSpeaks() {
        exchange(ann, bob);
        PeerId next = TestMesh.peer(2, 2);

        assertThat(ann.meet(next, TestMesh.address(7))).isEqualTo(Change.GENERATION);
        assertThat(state(ann, 2).tokens()).isEqualTo(tokens(2));
        assertThat(ann.digest().entries()).extracting(DigestEntry::peer).containsExactly(TestMesh.peer(1, 1));
        assertThat(ann.meet(next, TestMesh.address(7))).isEqualTo(Change.NONE);
        assertThat(ann.meet(TestMesh.peer(2, 1), TestMesh.address(7))).isEqualTo(Change.NONE);

        GossipTable restarted = table(2, 2);
        assertThat(ann.merge(restarted.answer(ann.digestWith(next), 0).states().get(0)))
                .isEqualTo(Change.PROPERTIES);
        assertThat(state(ann, 2).address()).isEqualTo(TestMesh.address(2));
    }

    @Test
    void aPartialDigestIsAnsweredOnlyForWhomItLists() {
        GossipTable cay = table(3, 1);
        exchange(ann, cay);
        ann.meet(TestMesh.peer(2, 1), TestMesh.address(2));

        Delta answer = ann.answer(bob.digestWith(TestMesh.peer(1, 1)), 0);

        assertThat(answer.states()).extracting(StateDelta::peer).containsExactly(TestMesh.peer(1, 1));
        assertThat(answer.requests()).extracting(DigestEntry::peer).containsExactly(TestMesh.peer(2, 1));
    }

    @Test
    void whatOthersSayOfThisMemberIsIgnored() {
        GossipTable impostor = table(1, 9);

        assertThat(ann.merge(impostor.self().deltaSince(0))).isEqualTo(Change.NONE);
        assertThat(ann.self().peer().generation()).isEqualTo(1);
    }

    @Test
    void aRememberedStateIsOlderThanAllThatTheMemberSays() {
        EndpointState remembered = EndpointState.remembered(TestMesh.peer(2, 1), TestMesh.address(9), TOKENS);
        assertThat(ann.remember(remembered)).isEqualTo(Change.MEMBER);
        assertThat(ann.remember(remembered)).isEqualTo(Change.NONE);
        GossipTable cay = table(3, 1);
        exchange(ann, cay);
        assertThat(state(cay, 2).tokens()).as("the dead are passed on").isEqualTo(TOKENS);

        assertThat(bob.answer(ann.digest(), 0).states())
                .extracting(StateDelta::peer)
                .contains(TestMesh.peer(2, 1));
    }

    @Test
    void aFullTableRefusesFurtherMembers() {
        GossipTable small = new GossipTable(ann.self(), 3);

        assertThat(small.merge(table(2, 1).self().deltaSince(0))).isEqualTo(Change.MEMBER);
        assertThat(small.meet(TestMesh.peer(3, 1), TestMesh.address(3))).isEqualTo(Change.MEMBER);
        assertThat(small.merge(table(4, 1).self().deltaSince(0))).isEqualTo(Change.REFUSED);
        assertThat(small.meet(TestMesh.peer(5, 1), TestMesh.address(5))).isEqualTo(Change.REFUSED);
        assertThat(small.merge(table(2, 2).self().deltaSince(0))).isEqualTo(Change.GENERATION);
        assertThat(small.size()).isEqualTo(3);
    }

    /** 300 members with 4,096 tokens each are 20 MB: the rest of them follows in later rounds. */
    @Test
    void aMessageIsBoundedAndTheRestFollows() {
        List<Token> many = new ArrayList<>();
        for (int i = 0; i < EndpointState.TOKENS_MAX; i++) {
            many.add(new Token(i, i));
        }
        for (int i = 10; i < 310; i++) {
            bob.merge(EndpointState.started(TestMesh.peer(i, 1), TestMesh.address(i), many)
                    .deltaSince(0));
        }
        int rounds = 0;
        while (ann.size() < 302) {
            byte[] payload = GossipCodec.encode(bob.answer(ann.digest(), rounds * 7));
            assertThat(payload.length).isLessThan(GossipCodec.PAYLOAD_BYTES_MAX);
            GossipCodec.decodeDelta(TestMesh.reader(payload)).states().forEach(ann::merge);
            rounds++;
            assertThat(rounds).isLessThan(400);
        }
        assertThat(rounds).isGreaterThan(70);
    }

    private static void exchange(GossipTable initiator, GossipTable other) {
        Delta answer = other.answer(initiator.digest(), 0);
        answer.states().forEach(initiator::merge);
        initiator.answerRequests(answer.requests()).states().forEach(other::merge);
    }

    private static EndpointState state(GossipTable table, int index) {
        return Objects.requireNonNull(table.state(TestMesh.id(index)));
    }

    private static List<Token> tokens(int index) {
        return List.of(new Token(index, 0), new Token(index, 1));
    }

    private static GossipTable table(int index, long generation) {
        return new GossipTable(
                EndpointState.started(TestMesh.peer(index, generation), TestMesh.address(index), tokens(index)), 1000);
    }
}
