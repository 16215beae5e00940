package io.kvmesh.membership;

import java.util.List;

/**
 * The first message of an exchange. Immutable.
 *
 * @param complete whether all members that the sender knows are listed, so that the receiver may add those it misses
 */
record Digest(boolean complete, List<DigestEntry> entries) {
    Digest {
        entries = List.copyOf(entries);
    }
}
