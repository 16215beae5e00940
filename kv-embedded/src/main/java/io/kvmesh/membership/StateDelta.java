package io.kvmesh.membership;

import io.kvmesh.transport.PeerId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What changed of one member since a version. Immutable.
 *
 * @param since the version that the receiver must have reached; 0 for a complete state
 * @param heartbeat the latest heartbeat
 * @param fields the properties that were set after {@code since}, by their code
 */
record StateDelta(PeerId peer, long since, long heartbeat, SortedMap<Integer, Field> fields) {
    StateDelta {
        fields = Collections.unmodifiableSortedMap(new TreeMap<>(fields));
    }
}
