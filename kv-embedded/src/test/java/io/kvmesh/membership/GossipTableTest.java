package io.kvmesh.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.membership.GossipTable.Change;
import io.kvmesh.transport.PeerId;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class GossipTableTest {
    private final GossipTable ann = table(1, 1);
    private final GossipTable bob = table(2, 1);

    @Test
    void anExchangeMakesBothKnowBoth() {
        exchange(ann, bob);

        assertThat(state(ann, 2).place()).isEqualTo(place(2));
        assertThat(state(bob, 1).place()).isEqualTo(place(1));
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
        assertThat(answer.requests()).containsExactly(new DigestEntry(TestMesh.peer(1, 1), 3));
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
    void aMetRunIsNotPassedOnUntilItSpeaks() {
        exchange(ann, bob);
        PeerId next = TestMesh.peer(2, 2);

        assertThat(ann.meet(next, TestMesh.address(7))).isEqualTo(Change.GENERATION);
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
        EndpointState remembered = EndpointState.remembered(TestMesh.peer(2, 1), TestMesh.address(9));
        assertThat(ann.remember(remembered)).isEqualTo(Change.MEMBER);
        assertThat(ann.remember(remembered)).isEqualTo(Change.NONE);
        GossipTable cay = table(3, 1);
        exchange(ann, cay);
        assertThat(state(cay, 2).address()).as("the dead are passed on").isEqualTo(TestMesh.address(9));

        assertThat(bob.answer(ann.digest(), 0).states())
                .extracting(StateDelta::peer)
                .contains(TestMesh.peer(2, 1));
    }

    @Test
    void aFullTableRefusesFurtherMembers() {
        GossipTable small = new GossipTable(ann.self(), 3, state -> true);

        assertThat(small.merge(table(2, 1).self().deltaSince(0))).isEqualTo(Change.MEMBER);
        assertThat(small.meet(TestMesh.peer(3, 1), TestMesh.address(3))).isEqualTo(Change.MEMBER);
        assertThat(small.merge(table(4, 1).self().deltaSince(0))).isEqualTo(Change.REFUSED);
        assertThat(small.meet(TestMesh.peer(5, 1), TestMesh.address(5))).isEqualTo(Change.REFUSED);
        assertThat(small.merge(table(2, 2).self().deltaSince(0))).isEqualTo(Change.GENERATION);
        assertThat(small.size()).isEqualTo(3);
    }

    /** 300 members with properties of 64 KiB each are 20 MB: the rest of them follows in later rounds. */
    @Test
    void aMessageIsBoundedAndTheRestFollows() {
        for (int i = 10; i < 310; i++) {
            EndpointState large = started(i, 1).with(77, new byte[64 * 1024]);
            bob.merge(large.deltaSince(0));
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

    private static Place place(int index) {
        return Place.of(index);
    }

    private static EndpointState started(int index, long generation) {
        return EndpointState.started(
                TestMesh.peer(index, generation),
                TestMesh.address(index),
                EndpointStatus.NORMAL,
                place(index),
                RingNote.NONE);
    }

    private static GossipTable table(int index, long generation) {
        return new GossipTable(started(index, generation), 1000, state -> true);
    }
}
