package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.repair.RepairPlan.Leg;
import io.kvmesh.replica.PageMessages;
import io.kvmesh.replica.PageMessages.KeyedCell;
import io.kvmesh.replica.PageMessages.Page;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.Messenger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes over from other members what they have of some keys, leg by leg and page by page. Guarded by its own monitor;
 * one thing is under way at a time: a page on its way, its cells on theirs to the log, or a pause until they are paid
 * for.
 */
final class RangeFetch {
    private static final double NANOS_PER_SECOND = 1e9;

    private final StorageEngine engine;
    private final Messenger messenger;
    private final Clock clock;
    private final Scheduler scheduler;
    private final RingEpoch epoch;
    private final MapDescriptor map;
    private final List<Leg> legs;
    private final long bytesPerSecondMax;
    private final Listener listener;
    private volatile boolean despiteLosses;
    private int leg;
    /** From where on the leg is still to be asked for. */
    private @Nullable Key next;

    private long cells;

    /** Told of a stop, on any thread. */
    interface Listener {
        /** This member has all that the others have of these keys. */
        void onFetched();

        /** A page did not come, or could not be stored; {@link RangeFetch#proceed} tries it again. */
        void onHeldUp(String reason);
    }

    /**
     * @param epoch the state of the ring by which the sources were chosen
     * @param bytesPerSecondMax how much of keys and values is taken over in a second; a page at once may be more
     */
    RangeFetch(
            StorageEngine engine,
            Messenger messenger,
            Clock clock,
            Scheduler scheduler,
            RingEpoch epoch,
            MapDescriptor map,
            List<Leg> legs,
            long bytesPerSecondMax,
            Listener listener) {
        this.engine = engine;
        this.messenger = messenger;
        this.clock = clock;
        this.scheduler = scheduler;
        this.epoch = epoch;
        this.map = map;
        this.legs = List.copyOf(legs);
        this.bytesPerSecondMax = bytesPerSecondMax;
        this.listener = listener;
    }

    /** From now on what the sources can read is enough, also where something of theirs is lost. */
    RangeFetch despiteLosses() {
        despiteLosses = true;
        return this;
    }

    /** How many cells were stored, those that were here already included. */
    synchronized long cells() {
        return cells;
    }

    /** Asks for the next page. */
    void proceed() {
        Leg asked = null;
        KeySpan span = null;
        synchronized (this) {
            if (leg < legs.size()) {
                asked = legs.get(leg);
                Key from = next;
                span = from == null
                        ? asked.span()
                        : new KeySpan(from, asked.span().to());
            }
        }
        if (asked == null || span == null) {
            listener.onFetched();
            return;
        }
        try {
            PageExchange.start(
                    messenger,
                    clock,
                    asked.source(),
                    epoch,
                    map,
                    span,
                    despiteLosses,
                    new Arrival(clock.monotonicNanos()));
        } catch (KvException e) {
            listener.onHeldUp("pages cannot be asked for: " + e.getMessage());
        }
    }

    /** Takes the answer, and stores it elsewhere than on the transport's thread. */
    private final class Arrival implements PageExchange.Listener {
        private final long askedNanos;

        Arrival(long askedNanos) {
            this.askedNanos = askedNanos;
        }

        @Override
        public void onPage(Page page) {
            scheduler.schedule(Lane.COMPACT, 0, () -> store(page, askedNanos));
        }

        @Override
        public void onFailed(String reason) {
            listener.onHeldUp(reason);
        }
    }

    private void store(Page page, long askedNanos) {
        LocalWrites.start(engine, scheduler, map.id(), page.cells(), failure -> {
            if (failure == null) {
                stored(page.cells(), page.more(), askedNanos);
            } else {
                listener.onHeldUp("what other members sent cannot be stored: " + failure.getMessage());
            }
        });
    }

    /** What it took to fetch and store the page is part of the time that it has to take. */
    private void stored(List<KeyedCell> page, boolean more, long askedNanos) {
        synchronized (this) {
            cells += page.size();
            if (more) {
                next = KeySpan.after(page.get(page.size() - 1).key());
            } else {
                next = null;
                leg++;
            }
        }
        long dueNanos = (long) (bytesOf(page) * (NANOS_PER_SECOND / bytesPerSecondMax));
        long tookNanos = clock.monotonicNanos() - askedNanos;
        scheduler.schedule(Lane.COMPACT, Math.max(0, dueNanos - tookNanos), this::proceed);
    }

    private static long bytesOf(List<KeyedCell> page) {
        long bytes = 0;
        for (KeyedCell cell : page) {
            bytes += PageMessages.recordBytes(cell);
        }
        return bytes;
    }
}
