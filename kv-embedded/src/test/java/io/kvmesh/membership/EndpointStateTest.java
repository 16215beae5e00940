package io.kvmesh.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.NodeId;
import io.kvmesh.ring.Token;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndpointStateTest {
    private static final PeerId PEER = new PeerId(new NodeId(7), 3);
    private static final PeerAddress ADDRESS = new PeerAddress("127.0.0.1", 7800);

    /** A state with the version of a start would hide the member's tokens from this one for ever. */
    @Test
    void aMemberThatIsRememberedWithoutTokensHasToTellEverything() {
        EndpointState remembered = EndpointState.remembered(PEER, ADDRESS, List.of());
        assertThat(remembered.version()).isZero();
        assertThat(remembered.isKnown()).isFalse();
    }

    @Test
    void aMemberThatIsRememberedWithTokensHasToTellWhatIsNew() {
        EndpointState remembered = EndpointState.remembered(PEER, ADDRESS, List.of(new Token(1, 2)));
        assertThat(remembered.isKnown()).isTrue();
        assertThat(remembered.tokens()).containsExactly(new Token(1, 2));
    }
}
