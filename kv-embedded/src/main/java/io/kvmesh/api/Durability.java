package io.kvmesh.api;

/** What a replica has done with a write before it acknowledges it. */
public enum Durability {
    /**
     * Written to the operating system, and synced to the disk in the background within a short interval. A crash of the
     * process loses nothing; a loss of power loses what was written since the last sync on this member.
     */
    PERIODIC,
    /** Synced to the disk, together with the writes of other threads. Nothing acknowledged is lost by this member. */
    SYNC
}
