package io.kvmesh.runtime;

/**
 * How many threads serve a lane and how many tasks may wait in its queue. Every {@link Scheduler}, the simulated one
 * included, keeps to these. Stateless.
 */
public final class LaneLimits {
    static final int READ_THREADS = 2;
    static final int CALLBACK_THREADS = 2;
    static final int COMPACT_THREADS = 2;

    static final int CONTROL_TASKS_MAX = 8_192;
    static final int LOG_TASKS_MAX = 1_024;
    static final int READ_TASKS_MAX = 4_096;
    static final int FLUSH_TASKS_MAX = 256;
    static final int COMPACT_TASKS_MAX = 256;
    static final int HINT_TASKS_MAX = 1_024;
    static final int CALLBACK_TASKS_MAX = 16_384;

    private LaneLimits() {}

    /**
     * How many tasks of the lane run at once on a machine with so many processors. Merging is endless work that always
     * finds something to do: it gets half of the processors, so that it does not crowd out those who wait for answers.
     */
    static int threads(Lane lane, int processors) {
        return lane == Lane.COMPACT ? Math.min(COMPACT_THREADS, Math.max(1, processors / 2)) : threads(lane);
    }

    /** How many tasks of the lane run at once at most. */
    public static int threads(Lane lane) {
        return switch (lane) {
            case READ -> READ_THREADS;
            case CALLBACK -> CALLBACK_THREADS;
            case COMPACT -> COMPACT_THREADS;
            case CONTROL, LOG, FLUSH, HINT -> 1;
        };
    }

    /** How many tasks of the lane may wait for a thread. */
    public static int tasksMax(Lane lane) {
        return switch (lane) {
            case CONTROL -> CONTROL_TASKS_MAX;
            case LOG -> LOG_TASKS_MAX;
            case READ -> READ_TASKS_MAX;
            case FLUSH -> FLUSH_TASKS_MAX;
            case COMPACT -> COMPACT_TASKS_MAX;
            case HINT -> HINT_TASKS_MAX;
            case CALLBACK -> CALLBACK_TASKS_MAX;
        };
    }
}
