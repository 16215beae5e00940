package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.api.StreamInfo;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.RingChange;
import io.kvmesh.ring.RingState;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.Messenger;
import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the partitions that this member gains by a change of the ring, whenever there is one. Guarded by its own
 * monitor; the work is done on the compaction lane.
 *
 * <p>Reads of these partitions still go to those who held them before, and all writes since the change began come here
 * as well. So when this member has what the others had, it has everything, and says so.
 */
public final class Bootstrap {
    private static final Logger LOG = LoggerFactory.getLogger(Bootstrap.class);
    static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final StorageEngine engine;
    private final Messenger messenger;
    private final Supplier<ClusterView> view;
    private final Clock clock;
    private final Scheduler scheduler;
    private final long bytesPerSecondMax;
    private final Consumer<Consumer<NodeStore>> storeAccess;
    private final LongConsumer streamed;
    private @Nullable GainRun run;
    /** The number of the change for which there is room, see {@link #makeRoom}. */
    private long roomFor;

    private long makingRoomFor;
    private boolean closed;

    /**
     * @param bytesPerSecondMax how much of keys and values is fetched in a second
     * @param storeAccess runs something with the node store on the control lane, soon; never again when the store is
     *     closed
     * @param streamed told the number of a change for which all is fetched
     */
    public Bootstrap(
            StorageEngine engine,
            Messenger messenger,
            Supplier<ClusterView> view,
            Clock clock,
            Scheduler scheduler,
            long bytesPerSecondMax,
            Consumer<Consumer<NodeStore>> storeAccess,
            LongConsumer streamed) {
        this.engine = engine;
        this.messenger = messenger;
        this.view = view;
        this.clock = clock;
        this.scheduler = scheduler;
        this.bytesPerSecondMax = bytesPerSecondMax;
        this.storeAccess = storeAccess;
        this.streamed = streamed;
    }

    /**
     * Looks whether the ring changes such that this member gains something. To be called for every new view, on one
     * thread at a time.
     */
    public void onView(ClusterView current) {
        RingState state = current.ringState();
        RingChange change = current.ringChange();
        boolean streaming = state != null && state.phase() == RingState.Phase.STREAMING;
        GainRun next = null;
        if (state != null && change != null && streaming) {
            BitSet wanted = gained(current, change);
            next = wanted.isEmpty() ? null : new GainRun(this, state.epoch(), state.changeNumber(), wanted);
        }
        replaceRun(next);
    }

    private void replaceRun(@Nullable GainRun next) {
        synchronized (this) {
            GainRun before = run;
            boolean same = before != null && next != null && before.changeNumber() == next.changeNumber();
            if (closed || same) {
                return;
            }
            if (before != null) {
                before.cancel();
            }
            run = next;
        }
        if (next != null) {
            next.begin();
        }
    }

    private static BitSet gained(ClusterView current, RingChange change) {
        BitSet gained = new BitSet();
        for (int partition = 0; partition < current.ring().partitioner().partitions(); partition++) {
            if (change.gains(current.self(), partition)) {
                gained.set(partition);
            }
        }
        return gained;
    }

    /**
     * Sees to it that nothing is stored here of partitions that this member is about to gain: it may be older than
     * tombstones that the others have dropped.
     *
     * @return whether that is so; if not, it is under way, and this is to be called again
     */
    public boolean makeRoom(long changeNumber, BitSet partitions) {
        synchronized (this) {
            if (roomFor == changeNumber || engine.maps().isEmpty()) {
                return true;
            }
            if (closed || makingRoomFor == changeNumber) {
                return false;
            }
            makingRoomFor = changeNumber;
        }
        BitSet gained = (BitSet) partitions.clone();
        scheduler.schedule(Lane.COMPACT, 0, () -> drop(changeNumber, gained));
        return false;
    }

    private void drop(long changeNumber, BitSet partitions) {
        boolean dropped = false;
        try {
            engine.dropPartitions(partitions);
            dropped = true;
        } catch (KvException e) {
            LOG.warn("What is left of partitions that are gained cannot be dropped; it is tried again", e);
        }
        synchronized (this) {
            makingRoomFor = 0;
            roomFor = dropped ? changeNumber : roomFor;
        }
    }

    /** What is being fetched, for people; empty if nothing is. */
    public Optional<String> progress() {
        GainRun current = currentRun();
        return current == null ? Optional.empty() : current.progress();
    }

    /** How far that is. */
    public Optional<StreamInfo.Progress> streamProgress() {
        GainRun current = currentRun();
        return current == null ? Optional.empty() : current.streamProgress();
    }

    private synchronized @Nullable GainRun currentRun() {
        return run;
    }

    /** Ends all that is under way. */
    public void close() {
        GainRun ended;
        synchronized (this) {
            closed = true;
            ended = run;
            run = null;
        }
        if (ended != null) {
            ended.cancel();
        }
    }

    StorageEngine engine() {
        return engine;
    }

    long bytesPerSecondMax() {
        return bytesPerSecondMax;
    }

    /** What this member has fetched for the change that began with a state of the ring. */
    GainProgress progressOf(RingEpoch epoch) {
        return new GainProgress(epoch, view().ring().partitioner().partitions(), storeAccess);
    }

    Messenger messenger() {
        return messenger;
    }

    Clock clock() {
        return clock;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    ClusterView view() {
        return view.get();
    }

    boolean isAvailable(NodeId node) {
        return view.get().isAlive(node) && messenger.hasSession(node);
    }

    void onStreamed(long changeNumber) {
        streamed.accept(changeNumber);
    }
}
