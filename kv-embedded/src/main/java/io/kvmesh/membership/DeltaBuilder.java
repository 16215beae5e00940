package io.kvmesh.membership;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects the states and requests of one message until it is full; what does not fit is left to a later round. Not
 * safe for several threads.
 */
final class DeltaBuilder {
    private final List<StateDelta> states = new ArrayList<>();
    private final List<DigestEntry> requests = new ArrayList<>();
    private int sizeBytes;

    void add(StateDelta state) {
        if (fits(GossipCodec.sizeBytesMax(state))) {
            states.add(state);
        }
    }

    void request(DigestEntry entry) {
        if (fits(GossipCodec.ENTRY_BYTES_MAX)) {
            requests.add(entry);
        }
    }

    Delta build() {
        return new Delta(states, requests);
    }

    private boolean fits(int bytes) {
        if (sizeBytes + bytes > GossipCodec.DELTA_BYTES_MAX) {
            return false;
        }
        sizeBytes += bytes;
        return true;
    }
}
