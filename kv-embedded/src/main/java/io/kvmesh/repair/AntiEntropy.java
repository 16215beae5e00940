package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.api.RepairInfo;
import io.kvmesh.api.RepairResult;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.StoreException;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.runtime.Lane;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares replicas with each other in the background, one partition at a time. Guarded by its own monitor.
 *
 * <ol>
 *   <li>The first replica of a partition that is alive compares it with the others. The partition whose last complete
 *       repair is longest ago comes first, once that is half of the interval ago.
 *   <li>The pauses are such that all partitions take half of the interval. So each is repaired once in an interval at
 *       least, and the load is spread over it.
 *   <li>What somebody asked for comes before that, without pauses.
 *   <li>A repair that failed, since a replica is gone, tables are damaged or the ring changed, is tried again later.
 *       When a replica is known to be dead, the others are compared, as often, and that counts for nothing.
 * </ol>
 *
 * When each partition was repaired is remembered, see {@link RepairHistory}, so a restart goes on where it was.
 */
public final class AntiEntropy {
    private static final Logger LOG = LoggerFactory.getLogger(AntiEntropy.class);
    /** How many repairs that were asked for may wait. */
    static final int ORDERS_MAX = 1_000;

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** A member that was just started has other things to do. */
    private static final long FIRST_PAUSE_NANOS_MAX = TimeUnit.MINUTES.toNanos(10);

    private static final long NANOS_PER_MICRO = 1_000;

    private final RepairSeams seams;
    private final RepairHistory history;
    private final long intervalMicros;
    private final Consumer<Consumer<NodeStore>> storeAccess;
    private final RepairTargets targets;
    private final Deque<RepairOrder> orders = new ArrayDeque<>();
    private @Nullable RepairTarget underWay;
    /** Whether a repair is under way, or one that was asked for is prepared. */
    private boolean busy;

    private boolean loaded;
    private boolean closed;
    /** When the next partition has its turn that nobody asked for, in monotonic time. */
    private long nextTurnNanos;

    private boolean mapsLearned;
    private long mapsLearnedNanos;
    private long completed;
    private long partial;
    private long failed;
    private @Nullable String lastFailure;
    private long cellsFetched;
    private long cellsPushed;

    /** @param storeAccess runs something with the node store on the control lane */
    public AntiEntropy(
            RepairSeams seams, RepairHistory history, long intervalMicros, Consumer<Consumer<NodeStore>> storeAccess) {
        this.seams = seams;
        this.history = history;
        this.intervalMicros = intervalMicros;
        this.storeAccess = storeAccess;
        this.targets = new RepairTargets(seams, history, intervalMicros);
    }

    /** Begins to compare. Once, when this member is in the ring. */
    public void start() {
        storeAccess.accept(store -> {
            history.load(store, seams.engine().maps());
            synchronized (this) {
                loaded = true;
                nextTurnNanos = seams.clock().monotonicNanos()
                        + Math.min(FIRST_PAUSE_NANOS_MAX, intervalMicros * NANOS_PER_MICRO / 2);
            }
            lookAfter(0);
        });
    }

    /** Ends the comparisons; those who wait for repairs are told so. */
    public void close() {
        List<RepairOrder> abandoned;
        synchronized (this) {
            closed = true;
            abandoned = new ArrayList<>(orders);
            orders.clear();
        }
        for (RepairOrder order : abandoned) {
            order.future.completeExceptionally(new StoreClosedException("the store was closed during the repair"));
        }
    }

    /**
     * Repairs partitions that this member holds, soon and one after the other.
     *
     * @param map of which map; null for all that any member has
     * @param partition which one; null for all that this member holds
     * @return completes on the callback lane
     */
    public CompletableFuture<RepairResult> repair(@Nullable String map, @Nullable Integer partition) {
        RepairOrder order = new RepairOrder(map, partition);
        synchronized (this) {
            if (closed) {
                throw new StoreClosedException("the store is closed");
            }
            if (orders.size() >= ORDERS_MAX) {
                throw new OverloadedException(ORDERS_MAX + " repairs that were asked for wait already");
            }
            orders.add(order);
        }
        seams.later(this::proceed);
        return order.future;
    }

    private void lookAfter(long delayNanos) {
        seams.later(delayNanos, () -> {
            if (proceed()) {
                lookAfter(LOOK_NANOS);
            }
        });
    }

    /** Begins what is next, unless something is under way. False if this is closed. */
    private boolean proceed() {
        RepairOrder order;
        synchronized (this) {
            if (closed) {
                return false;
            }
            if (busy || !loaded) {
                return true;
            }
            busy = true;
            order = orders.peek();
        }
        try {
            if (order != null) {
                serve(order);
            } else {
                takeTurn();
            }
        } catch (KvException e) {
            LOG.warn("Partitions to compare cannot be chosen; it is tried again", e);
            idle();
        }
        return true;
    }

    private synchronized void idle() {
        busy = false;
        underWay = null;
    }

    private void serve(RepairOrder order) {
        if (!order.isResolved()) {
            learnMaps(() -> Guarded.run(() -> resolve(order), this::onUnresolved));
            return;
        }
        RepairTarget target;
        synchronized (this) {
            target = order.next();
            if (target == null) {
                orders.remove(order);
            }
        }
        if (target != null) {
            begin(target, order);
            return;
        }
        complete(order, null);
        goOn();
    }

    private void onUnresolved(String reason) {
        LOG.warn("A repair that was asked for cannot be prepared; it is tried again: {}", reason);
        idle();
    }

    private void resolve(RepairOrder order) {
        List<RepairTarget> held = targets.held(order.map, order.partition);
        if (order.map != null
                && seams.engine().maps().stream().noneMatch(map -> map.name().equals(order.map))) {
            synchronized (this) {
                orders.remove(order);
            }
            complete(order, new StoreException("no member that is alive has a map '" + order.map + "'"));
        } else {
            synchronized (this) {
                order.resolve(held);
            }
        }
        goOn();
    }

    private void complete(RepairOrder order, @Nullable KvException failure) {
        Runnable task = () -> {
            if (failure == null) {
                order.future.complete(order.result());
            } else {
                order.future.completeExceptionally(failure);
            }
        };
        seams.scheduler().schedule(Lane.CALLBACK, 0, task);
    }

    private void goOn() {
        idle();
        seams.later(this::proceed);
    }

    private void learnMaps(Runnable onDone) {
        synchronized (this) {
            mapsLearned = true;
            mapsLearnedNanos = seams.clock().monotonicNanos();
        }
        MapExchange.learn(seams, onDone);
    }

    /** Repairs the partition whose turn it is, if the pause since the last one is over. */
    private void takeTurn() {
        long nowNanos = seams.clock().monotonicNanos();
        boolean learns;
        synchronized (this) {
            if (nowNanos - nextTurnNanos < 0) {
                busy = false;
                return;
            }
            learns = !mapsLearned || nowNanos - mapsLearnedNanos > intervalMicros * NANOS_PER_MICRO / 4;
        }
        if (learns) {
            learnMaps(this::goOn);
            return;
        }
        List<RepairTarget> own = targets.own();
        RepairTarget due;
        synchronized (this) {
            targets.retain(own);
            due = targets.due(own);
            nextTurnNanos = nowNanos + intervalMicros * NANOS_PER_MICRO / 2 / Math.max(1, own.size());
        }
        if (due == null) {
            idle();
        } else {
            begin(due, null);
        }
    }

    private void begin(RepairTarget target, @Nullable RepairOrder order) {
        synchronized (this) {
            underWay = target;
        }
        LOG.debug("{} is repaired", target);
        PartitionRepair.start(seams, history, target.map(), target.partition(), result -> ended(target, order, result));
    }

    private void ended(RepairTarget target, @Nullable RepairOrder order, PartitionRepair.Result result) {
        long pauseNanos;
        synchronized (this) {
            targets.ended(target, result);
            count(target, result);
            if (order != null) {
                order.ended(target, result);
            }
            busy = false;
            underWay = null;
            pauseNanos = orders.isEmpty() ? nextTurnNanos - seams.clock().monotonicNanos() : 0;
        }
        seams.later(Math.max(0, pauseNanos), this::proceed);
    }

    private void count(RepairTarget target, PartitionRepair.Result result) {
        cellsFetched += result.fetched();
        cellsPushed += result.pushed();
        if (result.failure() != null) {
            failed++;
            lastFailure = target + ": " + result.failure();
            LOG.info("{} is not repaired and will be tried again: {}", target, result.failure());
        } else if (result.complete()) {
            completed++;
        } else {
            partial++;
        }
    }

    /** How far this is. */
    public RepairInfo info() {
        List<RepairTarget> own = targets.own();
        List<Long> last = targets.lastMicros(own);
        long sinceMicros = seams.clock().wallMicros() - intervalMicros;
        long oldestMicros = last.stream().mapToLong(each -> each).min().orElse(RepairHistory.NEVER);
        synchronized (this) {
            return new RepairInfo(
                    own.size(),
                    last.stream().filter(each -> each > sinceMicros).count(),
                    oldestMicros == RepairHistory.NEVER
                            ? Optional.empty()
                            : Optional.of(Instant.ofEpochMilli(TimeUnit.MICROSECONDS.toMillis(oldestMicros))),
                    Optional.ofNullable(underWay).map(RepairTarget::toString),
                    orders.stream().mapToLong(RepairOrder::waiting).sum(),
                    completed,
                    partial,
                    failed,
                    Optional.ofNullable(lastFailure),
                    cellsFetched,
                    cellsPushed);
        }
    }
}
