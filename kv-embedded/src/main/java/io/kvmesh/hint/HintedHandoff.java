package io.kvmesh.hint;

import io.kvmesh.api.HintsInfo;
import io.kvmesh.api.HintsInfo.TargetHints;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.metadata.Hint;
import io.kvmesh.metadata.HintStore;
import io.kvmesh.metadata.HintStoreException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.HybridClock;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.replica.RingFence;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.runtime.Signal;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.Verb;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This member's part in hinted handoff: it keeps hints for other members and replays them. Safe for any thread; what it
 * does with its store happens on the hint lane.
 *
 * <p>The store is opened in the background, and again after a while if it cannot be. Hints that come before wait.
 */
public final class HintedHandoff {
    /** Between two tries to open the store. */
    static final long OPEN_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Logger LOG = LoggerFactory.getLogger(HintedHandoff.class);
    private static final long MICROS_PER_MILLI = 1_000L;

    private final NodeId self;
    private final StorageEngine engine;
    private final Messenger messenger;
    private final Supplier<ClusterView> view;
    private final RingFence fence;
    private final Clock clock;
    private final Scheduler scheduler;
    private final Supplier<HintStore> opener;
    private final long windowMicros;
    private final HintLimits limits;
    private final HintCounters counters = new HintCounters();
    private final HintQueue queue;
    private final HintHolders holders = new HintHolders();
    private final Signal closed = new Signal();
    private volatile @Nullable HintBook book;
    private volatile @Nullable String problem;

    // Only on the hint lane:
    private @Nullable HintDispatcher dispatcher;
    private boolean closing;

    /**
     * @param opener opens this member's hint store; called on the hint lane
     * @param windowMicros how old a hint may grow; 0 for no hints
     */
    public HintedHandoff(
            NodeId self,
            StorageEngine engine,
            Messenger messenger,
            Supplier<ClusterView> view,
            HybridClock stamps,
            RingFence fence,
            Clock clock,
            Scheduler scheduler,
            Supplier<HintStore> opener,
            long windowMicros,
            HintLimits limits) {
        this.self = self;
        this.engine = engine;
        this.messenger = messenger;
        this.view = view;
        this.fence = fence;
        this.clock = clock;
        this.scheduler = scheduler;
        this.opener = opener;
        this.windowMicros = windowMicros;
        this.limits = limits;
        queue = new HintQueue(scheduler, limits, counters);
        messenger.handle(Verb.HINTED_HANDOFF, new HintService(engine, stamps, this)::onHandoff);
    }

    /** Opens the store and begins to replay. Once, when the view knows the ring: see {@link HintDispatcher#start}. */
    public void start() {
        if (isOn()) {
            scheduler.schedule(Lane.HINT, 0, this::open);
        }
    }

    /** Whether hints are kept at all. */
    public boolean isOn() {
        return windowMicros > 0;
    }

    /**
     * Whether to make a hint for a member: not if it has been dead for so long that it will miss older writes anyway,
     * which is counted.
     */
    public boolean isDue(NodeId target) {
        if (!isOn()) {
            return false;
        }
        boolean inTime = isInTime(view.get(), target);
        if (!inTime) {
            counters.expired.incrementAndGet();
        }
        return inTime;
    }

    /** Whether a member is there, or has not been away for longer than hints are kept. */
    public boolean isInTime(ClusterView current, NodeId target) {
        ClusterView.Member member = current.member(target);
        return member == null
                || current.isAlive(target)
                || clock.wallMicros() - member.stateSinceMicros() < windowMicros;
    }

    /**
     * The member that should keep a hint: the next one on the ring behind the partition's replicas that is alive; null
     * if there is none.
     */
    public @Nullable NodeId holderFor(int partition) {
        return holders.holderFor(view.get(), partition);
    }

    /** The members that could keep a hint, in the order in which they should be asked: see {@link #holderFor}. */
    public List<NodeId> holdersFor(ClusterView current, int partition) {
        return holders.holdersFor(current, partition);
    }

    /** Keeps a cell for a member that missed it. Does not block. */
    public void keep(NodeId target, MapDescriptor map, Key key, Cell cell, HintListener listener) {
        if (!isOn()) {
            listener.onNotKept("this member keeps no hints");
        } else if (target.equals(self)) {
            listener.onNotKept("a member keeps no hints for itself");
        } else {
            // Measured from the write, also if the hint was made late: then it expires before a later tombstone is
            // gone.
            long createdMicros = Math.min(cell.version().timestampMicros(), clock.wallMicros());
            queue.offer(Hint.of(target, map.id(), key, cell, createdMicros), listener);
        }
    }

    /** What is kept, and what became of the rest. */
    public HintsInfo info() {
        List<TargetHints> targets = new ArrayList<>();
        HintBook current = book;
        if (current != null) {
            current.kept()
                    .forEach((target, kept) -> targets.add(new TargetHints(
                            target.toString(), kept.count(), kept.bytes(), kept.oldestMicros() / MICROS_PER_MILLI)));
        }
        return new HintsInfo(
                targets,
                counters.kept.get(),
                counters.replayed.get(),
                counters.expired.get(),
                counters.dropped.get(),
                counters.refused.get());
    }

    /** What keeps hints from being kept. */
    public Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    /** Writes down what waits, and closes the store. The signal fires when that is done. Idempotent. */
    public Signal close() {
        if (!scheduler.offer(Lane.HINT, this::closeOnLane)) {
            closed.fire();
        }
        return closed;
    }

    private void open() {
        if (closing) {
            return;
        }
        HintBook opened;
        try {
            opened = new HintBook(opener.get(), limits, counters);
        } catch (HintStoreException e) {
            LOG.warn("Hints cannot be kept; it is tried again", e);
            problem = "no hints are kept for members that are down: " + e.getMessage();
            queue.shut(String.valueOf(e.getMessage()));
            scheduler.schedule(Lane.HINT, OPEN_AGAIN_NANOS, this::open);
            return;
        }
        problem = null;
        book = opened;
        queue.use(opened);
        HintDispatcher started = new HintDispatcher(
                self, engine, messenger, view, fence, clock, scheduler, limits, windowMicros, opened);
        dispatcher = started;
        started.start();
    }

    private void closeOnLane() {
        if (closing) {
            return;
        }
        closing = true;
        try {
            HintDispatcher running = dispatcher;
            if (running != null) {
                running.close();
            }
            queue.drain();
            queue.shut("this member is being closed");
            HintBook opened = book;
            if (opened != null) {
                opened.close();
            }
        } catch (HintStoreException e) {
            LOG.warn("The hint store was not closed well", e);
        } finally {
            closed.fire();
        }
    }
}
