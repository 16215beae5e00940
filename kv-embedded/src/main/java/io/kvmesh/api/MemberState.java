package io.kvmesh.api;

/** What a member believes of another one. */
public enum MemberState {
    /** Heard of recently. */
    ALIVE,
    /** Silent for longer than it usually is; operations avoid it. */
    SUSPECT,
    /** Silent for so long that it counts as down. It keeps its place in the ring. */
    DEAD
}
