package io.kvmesh.membership;

import io.kvmesh.ring.RingState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an earlier run knew of the ring. Immutable.
 *
 * @param state the latest state of the ring; null if the member was in none
 * @param dissolved the last states of rings that gave way to others
 * @param merging whether this member may still have something that it brought from another ring
 * @param departures members that were dead and without a seat, or forgotten
 */
record SavedRing(
        @Nullable RingState state,
        RingVote vote,
        List<RingState> dissolved,
        boolean merging,
        List<Departures.Departure> departures) {}
