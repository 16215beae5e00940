package io.kvmesh.coordinator;

import io.kvmesh.hint.HintedHandoff;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.HybridClock;
import io.kvmesh.model.NodeId;
import io.kvmesh.replica.RingFence;
import io.kvmesh.runtime.Blocking;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.Messenger;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all operations of a member share. Immutable.
 *
 * @param view yields the newest view of the cluster, at the cost of a volatile read
 * @param fence what this member's own reads and writes must pass, too
 * @param ringNews is told when a replica knows another state of the ring
 * @param handoff takes the writes that replicas miss; null if there is nobody to miss any
 */
public record CoordinatorContext(
        NodeId self,
        StorageEngine engine,
        Messenger messenger,
        Supplier<ClusterView> view,
        HybridClock stamps,
        Clock clock,
        Scheduler scheduler,
        Blocking blocking,
        RingFence fence,
        RingNews ringNews,
        SlowReplicas slowReplicas,
        BackgroundRepair backgroundRepair,
        SpeculativeDelay speculativeDelay,
        long operationTimeoutNanos,
        @Nullable HintedHandoff handoff) {

    /** @param speculativeDelay after how long a read asks one more replica; empty for a delay that follows the reads */
    public CoordinatorContext(
            NodeId self,
            StorageEngine engine,
            Messenger messenger,
            Supplier<ClusterView> view,
            HybridClock stamps,
            Clock clock,
            Scheduler scheduler,
            Blocking blocking,
            RingFence fence,
            RingNews ringNews,
            long operationTimeoutNanos,
            Optional<Duration> speculativeDelay) {
        this(
                self,
                engine,
                messenger,
                view,
                stamps,
                clock,
                scheduler,
                blocking,
                fence,
                ringNews,
                new SlowReplicas(),
                new BackgroundRepair(RandomSource.seeded(self.value())),
                speculativeDelay
                        .map(delay -> SpeculativeDelay.fixed(delay.toNanos()))
                        .orElseGet(SpeculativeDelay::followingReads),
                operationTimeoutNanos,
                null);
    }

    /** The same with a place for hints. */
    public CoordinatorContext withHandoff(@Nullable HintedHandoff newHandoff) {
        return new CoordinatorContext(
                self,
                engine,
                messenger,
                view,
                stamps,
                clock,
                scheduler,
                blocking,
                fence,
                ringNews,
                slowReplicas,
                backgroundRepair,
                speculativeDelay,
                operationTimeoutNanos,
                newHandoff);
    }
}
