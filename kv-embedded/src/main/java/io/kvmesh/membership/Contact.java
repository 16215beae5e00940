package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.transport.PeerId;

/** What the failure detector knows of one run of one other member. Confined to the control lane. */
final class Contact {
    /** The version that no heartbeat exceeds: the member said goodbye. */
    static final long DEPARTED = Long.MAX_VALUE;

    final PeerId peer;
    final ArrivalWindow arrivals;
    MemberState state;
    long stateSinceMicros;
    /** When the state last changed, in listening time. */
    long stateSinceNanos;
    /** The latest heartbeat that proves life, or up to which nothing does. */
    long heardVersion;

    long probedNanos;
    /** Pings sent since the last heartbeat. */
    int probesUnanswered;
    /** Whether another member suspects it and this one has heard nothing since. */
    boolean accused;
    /** How often the suspicion is still to be repeated to others. */
    int suspicionRepeats;

    Contact(PeerId peer, ArrivalWindow arrivals, MemberState state, long wallMicros, long nowNanos) {
        this.peer = peer;
        this.arrivals = arrivals;
        this.state = state;
        this.stateSinceMicros = wallMicros;
        this.stateSinceNanos = nowNanos;
        this.probedNanos = nowNanos;
    }
}
