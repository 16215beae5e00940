package io.kvmesh.testkit;

import org.jspecify.annotations.Nullable;

/** Something that happens at a time of the simulation. Confined to the simulation's thread. */
final class SimEvent implements Comparable<SimEvent> {
    private final EventKind kind;
    private final int member;
    private final @Nullable SimProcess process;
    private final Object detail;
    private long timeNanos;
    private long sequence;
    private @Nullable Runnable action;

    SimEvent(EventKind kind, int member, @Nullable SimProcess process, Object detail, Runnable action) {
        this.kind = kind;
        this.member = member;
        this.process = process;
        this.detail = detail;
        this.action = action;
    }

    SimEvent at(long newTimeNanos, long newSequence) {
        timeNanos = newTimeNanos;
        sequence = newSequence;
        return this;
    }

    EventKind kind() {
        return kind;
    }

    int member() {
        return member;
    }

    /** The run of a member that this event belongs to; it happens only if that run is alive then. */
    @Nullable
    SimProcess process() {
        return process;
    }

    /** Its text is shown in timelines. */
    Object detail() {
        return detail;
    }

    long timeNanos() {
        return timeNanos;
    }

    void cancel() {
        action = null;
    }

    boolean isCancelled() {
        return action == null;
    }

    /** What is to be done, once: null if the event was cancelled. */
    @Nullable
    Runnable takeAction() {
        Runnable taken = action;
        action = null;
        return taken;
    }

    @Override
    public int compareTo(SimEvent other) {
        int byTime = Long.compare(timeNanos, other.timeNanos);
        return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
    }
}
