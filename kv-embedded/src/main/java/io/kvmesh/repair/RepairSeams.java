package io.kvmesh.repair;

import io.kvmesh.membership.ClusterView;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.Messenger;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What all parts of a comparison use. Immutable.
 *
 * @param view yields the newest view of the cluster, which must know all members by now
 */
public record RepairSeams(
        StorageEngine engine, Messenger messenger, Supplier<ClusterView> view, Clock clock, Scheduler scheduler) {
    /**
     * How many bytes of records a comparison reads, or moves, in a second: little beside what the disk and one
     * processor can do, so that those who wait for answers do not notice.
     */
    static final long BYTES_PER_SECOND_MAX = 32L << 20;
    /** How many bytes of records are read in one go: what else waits for the lane comes between. */
    static final long STEP_BYTES_MAX = 1L << 20;

    /** Goes on in the background. */
    void later(Runnable step) {
        later(0, step);
    }

    /** Goes on in the background when so many bytes are paid for. */
    void laterThan(long bytes, Runnable step) {
        later(bytes * TimeUnit.SECONDS.toNanos(1) / BYTES_PER_SECOND_MAX, step);
    }

    /** As {@link #later(Runnable)}, where files are synced. */
    void laterOnFlush(Runnable step) {
        scheduler.schedule(Lane.FLUSH, 0, step);
    }

    void later(long delayNanos, Runnable step) {
        scheduler.schedule(Lane.COMPACT, delayNanos, step);
    }
}
