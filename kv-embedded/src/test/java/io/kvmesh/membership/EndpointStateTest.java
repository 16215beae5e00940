package io.kvmesh.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import org.junit.jupiter.api.Test;

class EndpointStateTest {
    private static final PeerId PEER = new PeerId(new NodeId(7), 3);
    private static final PeerAddress ADDRESS = new PeerAddress("127.0.0.1", 7800);

    /** Else the rest of what it told at its start would be hidden from this one for ever. */
    @Test
    void aMemberThatIsRememberedHasToTellAllButItsAddress() {
        EndpointState remembered = EndpointState.remembered(PEER, ADDRESS);
        EndpointState started =
                EndpointState.started(PEER, ADDRESS, EndpointStatus.NORMAL, Place.of(16), RingNote.NONE);

        EndpointState complete = remembered.plus(started.deltaSince(remembered.version()));

        assertThat(remembered.isKnown()).isTrue();
        assertThat(complete.sameProperties(started)).isTrue();
    }

    @Test
    void aPropertyThatTheMemberSetsIsNewerThanAllBefore() {
        EndpointState started =
                EndpointState.started(PEER, ADDRESS, EndpointStatus.NORMAL, Place.of(16), RingNote.NONE);
        RingNote note = new RingNote(new RingEpoch(7, 3), 5, 2);

        EndpointState changed = started.with(EndpointState.RING, note.encode());

        assertThat(changed.deltaSince(started.version()).fields()).containsOnlyKeys(EndpointState.RING);
        assertThat(changed.ring()).isEqualTo(note);
        assertThat(changed.heartbeat()).isEqualTo(started.heartbeat());
    }
}
