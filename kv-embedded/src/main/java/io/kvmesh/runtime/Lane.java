package io.kvmesh.runtime;

/**
 * The named executors of a member. A lane runs its tasks in the order they were offered; a lane with more than one
 * thread ({@link #READ}, {@link #CALLBACK}, {@link #COMPACT}) may run several at once. Every lane has a bounded queue.
 */
public enum Lane {
    /** Gossip, failure detection, ring changes: the single writer of all control-plane state. */
    CONTROL,
    /** Syncs the commit log and prepares its next segment. */
    LOG,
    /** Replica reads that have to go to disk, and other work that must not block a transport thread. */
    READ,
    /** Writes memtables to SSTables. */
    FLUSH,
    /** Merges SSTables. */
    COMPACT,
    /** Keeps hints for members that missed a write, and replays them: the only user of the hint store. */
    HINT,
    /** Runs code of the user: completions of asynchronous calls, listeners. */
    CALLBACK
}
