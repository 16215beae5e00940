package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.model.Version;
import io.kvmesh.repair.RepairPlan.Leg;
import io.kvmesh.replica.PageMessages.KeyedCell;
import io.kvmesh.replica.PageMessages.Page;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.WriteCallback;
import io.kvmesh.transport.Messenger;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes over from other members what they have of some keys, leg by leg and page by page. Guarded by its own monitor;
 * one thing is under way at a time: a page on its way, or its cells on theirs to the log.
 */
final class RangeFetch {
    /** After so long memtables that were full have room again. */
    private static final long OVERLOAD_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** How many cells are written at once: as few as leave no other writer waiting for long. */
    private static final int BATCH_CELLS = 100;

    private final StorageEngine engine;
    private final Messenger messenger;
    private final Clock clock;
    private final Scheduler scheduler;
    private final RingEpoch epoch;
    private final MapDescriptor map;
    private final List<Leg> legs;
    private final Listener listener;
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

    /** @param epoch the state of the ring by which the sources were chosen */
    RangeFetch(
            StorageEngine engine,
            Messenger messenger,
            Clock clock,
            Scheduler scheduler,
            RingEpoch epoch,
            MapDescriptor map,
            List<Leg> legs,
            Listener listener) {
        this.engine = engine;
        this.messenger = messenger;
        this.clock = clock;
        this.scheduler = scheduler;
        this.epoch = epoch;
        this.map = map;
        this.legs = List.copyOf(legs);
        this.listener = listener;
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
            PageExchange.start(messenger, clock, asked.source(), epoch, map, span, new Arrival());
        } catch (KvException e) {
            listener.onHeldUp("pages cannot be asked for: " + e.getMessage());
        }
    }

    /** Takes the answer, and stores it elsewhere than on the transport's thread. */
    private final class Arrival implements PageExchange.Listener {
        @Override
        public void onPage(Page page) {
            scheduler.schedule(Lane.COMPACT, 0, () -> new Storing(page).proceed());
        }

        @Override
        public void onFailed(String reason) {
            listener.onHeldUp(reason);
        }
    }

    /**
     * Writes the cells of one page, as fast as the memtables take them, and waits for all of them to be in the log.
     * Guarded by its own monitor; its steps follow each other.
     */
    private final class Storing {
        private final List<KeyedCell> page;
        private final boolean more;
        /** The first cell that is not written yet. */
        private int next;
        /** The batches under way, and one until all are. */
        private int pending = 1;

        private @Nullable String failure;

        Storing(Page page) {
            this.page = page.cells();
            this.more = page.more();
        }

        void proceed() {
            while (next < page.size() && !hasFailed()) {
                int end = Math.min(page.size(), next + BATCH_CELLS);
                if (!write(page.subList(next, end))) {
                    scheduler.schedule(Lane.COMPACT, OVERLOAD_PAUSE_NANOS, this::proceed);
                    return;
                }
                next = end;
            }
            ended();
        }

        /** False if the store is overloaded, and the cells are to be written again. */
        private boolean write(List<KeyedCell> batch) {
            synchronized (this) {
                pending++;
            }
            BatchWrite write = new BatchWrite(this);
            try {
                engine.writeAll(
                        batch.stream()
                                .map(cell -> new Mutation(map.id(), cell.key(), cell.cell()))
                                .toList(),
                        write);
            } catch (KvException e) {
                write.onFailed(e);
            }
            return !write.isRefusedAtOnce();
        }

        private synchronized boolean hasFailed() {
            return failure != null;
        }

        private synchronized void failed(KvException reason) {
            failure = String.valueOf(reason.getMessage());
        }

        private void ended() {
            String reason;
            synchronized (this) {
                pending--;
                if (pending > 0) {
                    return;
                }
                reason = failure;
            }
            if (reason == null) {
                stored(page, more);
            } else {
                listener.onHeldUp("what other members sent cannot be stored: " + reason);
            }
        }
    }

    /** Takes the engine's answer to one batch. Guarded by its own monitor. */
    private static final class BatchWrite implements WriteCallback {
        private final Storing storing;
        private boolean overloaded;
        /** Whether the call of the engine returned: what is refused later is not written again. */
        private boolean returned;

        BatchWrite(Storing storing) {
            this.storing = storing;
        }

        @Override
        public void onWritten(@Nullable Version newer) {
            storing.ended();
        }

        @Override
        public void onFailed(KvException reason) {
            boolean again;
            synchronized (this) {
                again = reason instanceof OverloadedException && !returned;
                overloaded |= again;
            }
            if (!again) {
                storing.failed(reason);
            }
            storing.ended();
        }

        synchronized boolean isRefusedAtOnce() {
            returned = true;
            return overloaded;
        }
    }

    private void stored(List<KeyedCell> page, boolean more) {
        synchronized (this) {
            cells += page.size();
            if (more) {
                next = KeySpan.after(page.get(page.size() - 1).key());
            } else {
                next = null;
                leg++;
            }
        }
        scheduler.schedule(Lane.COMPACT, 0, this::proceed);
    }
}
