package io.kvmesh.membership;

import java.util.List;

/**
 * The second message of an exchange, and, without requests, the third. Immutable.
 *
 * @param states what the sender knows better
 * @param requests what the sender wants to know, each with what it knows already
 */
record Delta(List<StateDelta> states, List<DigestEntry> requests) {
    Delta {
        states = List.copyOf(states);
        requests = List.copyOf(requests);
    }
}
