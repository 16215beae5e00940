package io.kvmesh.coordinator;

/** Who counts for the level of a write. */
public enum Quorum {
    /** The replicas of the key. */
    STRICT,
    /** Also a member that durably keeps the write for a replica which cannot be reached, each for one replica. */
    SLOPPY
}
