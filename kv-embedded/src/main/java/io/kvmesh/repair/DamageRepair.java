package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.RingState;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.Damage;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.Messenger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repairs damaged tables from the other replicas, one after the other, in the background. Guarded by its own monitor.
 *
 * <ol>
 *   <li>Every few seconds, look whether a table is damaged, and find out between which keys.
 *   <li>Fetch these keys from <em>all</em> other replicas of their partitions, and store what they have as any write.
 *       When one of them is down, wait for it and go on where it stopped; but not for one of whom an operator vouches
 *       that it will not be back. When one is damaged itself, what it can read is all that it ever had beside what it
 *       is waiting for itself.
 *   <li>Replace the table by one without what is damaged. Only then do reads of these keys succeed here again: an
 *       earlier one could miss what only a replica has that was not asked yet.
 * </ol>
 *
 * Nothing of this needs to be remembered: a damaged block is found again after a restart, and the manifest knows of
 * tables that are lost.
 */
public final class DamageRepair {
    private static final Logger LOG = LoggerFactory.getLogger(DamageRepair.class);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);
    static final long PAUSE_NANOS_MIN = TimeUnit.SECONDS.toNanos(1);
    static final long PAUSE_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);
    /** A repair that waited so often for the same page lets another table have its turn. */
    private static final int TRIES_MAX = 8;

    private final StorageEngine engine;
    private final Messenger messenger;
    private final Supplier<ClusterView> view;
    private final Clock clock;
    private final Scheduler scheduler;
    private final Map<Damage, String> obstacles = new HashMap<>();
    /** The number of the table that had its turn last. */
    private long lastTableId;

    private boolean closed;

    /** @param view yields the newest view of the cluster, which must know all members by now */
    public DamageRepair(
            StorageEngine engine, Messenger messenger, Supplier<ClusterView> view, Clock clock, Scheduler scheduler) {
        this.engine = engine;
        this.messenger = messenger;
        this.view = view;
        this.clock = clock;
        this.scheduler = scheduler;
    }

    /** Begins to look for damage. Once, when this member is in the ring. */
    public void start() {
        lookAfter(0);
    }

    /** Ends the repair; what is under way has no effect any more. */
    public synchronized void close() {
        closed = true;
    }

    /** What keeps a table from being repaired; null if nothing does as far as is known. */
    public synchronized @Nullable String obstacle(Damage damage) {
        return obstacles.get(damage);
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private void lookAfter(long delayNanos) {
        scheduler.schedule(Lane.COMPACT, delayNanos, this::look);
    }

    private void look() {
        if (isClosed()) {
            return;
        }
        try {
            Damage damage = choose(engine.damages().all());
            if (damage == null) {
                lookAfter(LOOK_NANOS);
                return;
            }
            begin(damage, engine.damages().spans(damage));
        } catch (StoreClosedException e) {
            LOG.debug("The search for damage ends with the store", e);
        } catch (KvException e) {
            LOG.warn("Damage cannot be looked at; it is tried again", e);
            lookAfter(LOOK_NANOS);
        }
    }

    /** The damaged table whose turn it is: with the next number, or else the first one. */
    private synchronized @Nullable Damage choose(List<Damage> damages) {
        obstacles.keySet().retainAll(damages);
        Damage first = null;
        Damage next = null;
        for (Damage damage : damages) {
            first = first == null || damage.tableId() < first.tableId() ? damage : first;
            if (damage.tableId() > lastTableId && (next == null || damage.tableId() < next.tableId())) {
                next = damage;
            }
        }
        Damage chosen = next != null ? next : first;
        lastTableId = chosen == null ? 0 : chosen.tableId();
        return chosen;
    }

    private void begin(Damage damage, List<KeySpan> spans) {
        MapDescriptor map = engine.map(damage.map());
        if (spans.isEmpty() || map == null) {
            lookAfter(PAUSE_NANOS_MIN);
            return;
        }
        RingEpoch epoch = view.get().epoch();
        RepairPlan plan = plan(spans);
        if (plan.unheld() != null) {
            setObstacle(damage, "no other member holds partition " + plan.unheld());
            lookAfter(LOOK_NANOS);
            return;
        }
        new Attempt(damage, epoch, map, spans, plan).begin();
    }

    private RepairPlan plan(List<KeySpan> spans) {
        ClusterView current = view.get();
        RingState state = current.ringState();
        Set<NodeId> removed = state == null ? Set.of() : state.removed();
        return RepairPlan.of(spans, current.self(), current.ring(), removed);
    }

    private synchronized void setObstacle(Damage damage, String text) {
        if (!text.equals(obstacles.put(damage, text))) {
            LOG.info("The repair of table {} waits: {}", damage.tableId(), text);
        }
    }

    private synchronized void clearObstacle(Damage damage) {
        obstacles.remove(damage);
    }

    /** The repair of one table, up to its end or until others have their turn. Guarded by the monitor of the repair. */
    private final class Attempt implements RangeFetch.Listener {
        private final Damage damage;
        private final RingEpoch epoch;
        private final List<KeySpan> spans;
        private final RepairPlan plan;
        private final RangeFetch fetch;
        private long pauseNanos = PAUSE_NANOS_MIN;
        private int tries;
        private long cellsBefore;
        private volatile boolean heldUpBefore;

        /** @param epoch the state of the ring that the plan is of, or an earlier one */
        Attempt(Damage damage, RingEpoch epoch, MapDescriptor map, List<KeySpan> spans, RepairPlan plan) {
            this.damage = damage;
            this.epoch = epoch;
            this.spans = List.copyOf(spans);
            this.plan = plan;
            this.fetch = new RangeFetch(
                            engine,
                            messenger,
                            clock,
                            scheduler,
                            epoch,
                            map,
                            plan.legs(),
                            RepairSeams.BYTES_PER_SECOND_MAX,
                            this)
                    .despiteLosses();
        }

        void begin() {
            LOG.info(
                    "Table {} is repaired: {} spans of keys from {} legs",
                    damage.tableId(),
                    spans.size(),
                    plan.legs().size());
            fetch.proceed();
        }

        @Override
        public void onHeldUp(String reason) {
            setObstacle(damage, reason);
            if (isClosed()) {
                return;
            }
            if (heldUpBefore) {
                goOn();
            } else {
                heldUpBefore = true;
                scheduler.schedule(Lane.COMPACT, 0, this::separate);
            }
        }

        /** Of two that wait for each other each gives at least what it can read. */
        private void separate() {
            boolean isAnother = false;
            try {
                isAnother = !isClosed() && engine.damages().separate(damage);
            } catch (StoreClosedException e) {
                LOG.debug("The repair of table {} ends with the store", damage.tableId(), e);
                return;
            } catch (KvException e) {
                LOG.warn("What can be read of table {} cannot be written anew", damage.tableId(), e);
            }
            if (isAnother) {
                clearObstacle(damage);
                lookAfter(PAUSE_NANOS_MIN);
            } else {
                goOn();
            }
        }

        private void goOn() {
            // In another state of the ring nobody answers what was asked by this one.
            if (turnIsOver() || !view.get().epoch().equals(epoch)) {
                lookAfter(PAUSE_NANOS_MIN);
            } else {
                scheduler.schedule(Lane.COMPACT, pause(), fetch::proceed);
            }
        }

        /** After so many tries without any cell while other tables wait. */
        private boolean turnIsOver() {
            long cells = fetch.cells();
            synchronized (DamageRepair.this) {
                if (cells > cellsBefore) {
                    cellsBefore = cells;
                    tries = 0;
                    pauseNanos = PAUSE_NANOS_MIN;
                }
                tries++;
                return tries > TRIES_MAX && engine.damages().all().size() > 1;
            }
        }

        private long pause() {
            synchronized (DamageRepair.this) {
                long pause = pauseNanos;
                pauseNanos = Math.min(2 * pauseNanos, PAUSE_NANOS_MAX);
                return pause;
            }
        }

        @Override
        public void onFetched() {
            scheduler.schedule(Lane.COMPACT, 0, this::finish);
        }

        private void finish() {
            if (isClosed()) {
                return;
            }
            try {
                // Other replicas than those that were asked may hold the keys by now.
                if (!plan(spans).equals(plan)) {
                    setObstacle(damage, "the ring changed meanwhile");
                } else if (engine.damages().replace(damage, spans)) {
                    clearObstacle(damage);
                    LOG.info("Table {} is repaired with {} cells of other replicas", damage.tableId(), fetch.cells());
                } else {
                    setObstacle(damage, "more of it was found to be damaged, or it is being merged");
                }
                lookAfter(PAUSE_NANOS_MIN);
            } catch (StoreClosedException e) {
                LOG.debug("The repair of table {} ends with the store", damage.tableId(), e);
            } catch (KvException e) {
                LOG.warn("Table {} cannot be replaced; it is tried again", damage.tableId(), e);
                setObstacle(damage, "it cannot be replaced: " + e.getMessage());
                lookAfter(LOOK_NANOS);
            }
        }
    }
}
