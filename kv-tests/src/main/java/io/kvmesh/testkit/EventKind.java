package io.kvmesh.testkit;

/** What an event of the simulation is. The name goes into the trace hash. */
enum EventKind {
    /** A task of a lane starts. */
    TASK,
    /** A task, or the receiver of a frame, that took time ends. */
    DONE,
    /** A delayed task is offered to its lane. */
    TIMER,
    /** A simulated thread starts, goes on, or is over. */
    THREAD,
    /** A frame arrives. */
    FRAME,
    /** A frame gets lost on the way, or at its end. */
    DROP,
    /** A call of a member's file system; in the hash, but not in the timeline. */
    IO,
    /** A member starts, crashes, pauses, or the network changes. */
    FAULT,
    /** Something that the test does at a certain time. */
    ACTION,
    /** A remark of the test. */
    NOTE
}
