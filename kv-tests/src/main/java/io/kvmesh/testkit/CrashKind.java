package io.kvmesh.testkit;

/** How a process ends that does not end by itself. */
public enum CrashKind {
    /** As by kill -9: all that was written is there. */
    KILL,
    /** As by a cut of the power: of what was not synced, chance decides what is there. */
    POWER_LOSS
}
