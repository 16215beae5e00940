package io.kvmesh.hint;

import io.kvmesh.api.KvException;
import io.kvmesh.hint.HintSend.Outcome;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.metadata.Hint;
import io.kvmesh.metadata.HintStoreException;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.replica.RingFence;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.Messenger;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends hints to the members that missed the writes, when these are back, and forgets what grew too old. Confined to
 * the hint lane.
 */
final class HintDispatcher implements HintReplay.Replays {
    private static final Logger LOG = LoggerFactory.getLogger(HintDispatcher.class);
    /** Between two looks at who is back. */
    static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** How long a recipient may take for its answer. */
    private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final NodeId self;
    private final StorageEngine engine;
    private final Messenger messenger;
    private final Supplier<ClusterView> view;
    private final RingFence fence;
    private final Clock clock;
    private final Scheduler scheduler;
    private final HintLimits limits;
    private final long windowMicros;
    private final HintBook book;
    private final Throttle throttle;
    private final TreeMap<NodeId, HintReplay> replays = new TreeMap<>();
    private boolean closed;

    HintDispatcher(
            NodeId self,
            StorageEngine engine,
            Messenger messenger,
            Supplier<ClusterView> view,
            RingFence fence,
            Clock clock,
            Scheduler scheduler,
            HintLimits limits,
            long windowMicros,
            HintBook book) {
        this.self = self;
        this.engine = engine;
        this.messenger = messenger;
        this.view = view;
        this.fence = fence;
        this.clock = clock;
        this.scheduler = scheduler;
        this.limits = limits;
        this.windowMicros = windowMicros;
        this.book = book;
        throttle = new Throttle(clock, limits.replayBytesPerSecond());
    }

    /** Begins to look. Not before the view knows the ring: a target that it lacks would count as gone from it. */
    void start() {
        look();
    }

    /** What is under way has no effect any more. */
    void close() {
        closed = true;
    }

    private void look() {
        if (closed) {
            return;
        }
        guarded(() -> {
            book.expire(clock.wallMicros() - windowMicros);
            book.kept()
                    .keySet()
                    .forEach(target -> replays.computeIfAbsent(target, absent -> new HintReplay(absent, book, this)));
            replays.values().removeIf(replay -> replay.isIdle() && !book.kept().containsKey(replay.target()));
        });
        // Each on its own: what keeps one target from its hints is nothing to the others.
        List.copyOf(replays.values()).forEach(replay -> guarded(replay::proceed));
        scheduler.schedule(Lane.HINT, LOOK_NANOS, this::look);
    }

    @Override
    public ClusterView view() {
        return view.get();
    }

    @Override
    public long nowNanos() {
        return clock.monotonicNanos();
    }

    @Override
    public int inFlightMax() {
        return limits.inFlightMax();
    }

    @Override
    public long waitNanos() {
        return throttle.waitNanos();
    }

    @Override
    public void wakeAfter(HintReplay replay, long nanos) {
        scheduler.schedule(Lane.HINT, nanos, () -> {
            if (!closed) {
                guarded(replay::onTimer);
            }
        });
    }

    @Override
    public void send(HintReplay replay, Hint hint, List<NodeId> recipients, RingEpoch epoch) {
        Consumer<Outcome> listener = outcome -> scheduler.schedule(Lane.HINT, 0, () -> answered(replay, hint, outcome));
        MapDescriptor map = engine.map(hint.map());
        if (map == null) {
            LOG.debug("A hint for {} is of map {}, which is not known here any more", hint.target(), hint.map());
            listener.accept(Outcome.REFUSED);
            return;
        }
        throttle.sent(hint.bytes());
        HintSend send = new HintSend(
                self, engine, fence, messenger, epoch, map, hint, recipients, deadlineNanos(hint), listener);
        try {
            send.start();
        } catch (KvException e) {
            LOG.debug("A hint for {} cannot be sent now", hint.target(), e);
            listener.accept(Outcome.UNANSWERED);
        }
    }

    /** A hint that arrives beyond its time could bring back what was deleted and forgotten since. */
    private long deadlineNanos(Hint hint) {
        long leftMicros = hint.createdMicros() + windowMicros - clock.wallMicros();
        long leftNanos = TimeUnit.MICROSECONDS.toNanos(Math.max(0, leftMicros));
        return clock.monotonicNanos() + Math.min(ANSWER_NANOS, leftNanos);
    }

    private void answered(HintReplay replay, Hint hint, Outcome outcome) {
        if (!closed) {
            guarded(() -> replay.onOutcome(hint, outcome));
        }
    }

    /** What fails is tried again at a later look. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (HintStoreException e) {
            LOG.warn("Hints cannot be replayed now; it is tried again", e);
        }
    }
}
