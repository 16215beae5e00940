package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.model.MapId;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.Version;
import io.kvmesh.replica.PageMessages.KeyedCell;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.WriteCallback;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes cells of other members, as fast as the memtables take them, and waits for all of them to be in the log.
 * Guarded by its own monitor; its steps follow each other.
 */
final class LocalWrites {
    /** After so long memtables that were full have room again. */
    private static final long OVERLOAD_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** How many cells are written at once: as few as leave no other writer waiting for long. */
    private static final int BATCH_CELLS = 100;

    private final StorageEngine engine;
    private final Scheduler scheduler;
    private final MapId map;
    private final List<KeyedCell> cells;
    private final Consumer<@Nullable KvException> listener;
    /** The first cell that is not written yet. */
    private int next;
    /** The batches under way, and one until all are. */
    private int pending = 1;

    private @Nullable KvException failure;

    private LocalWrites(
            StorageEngine engine,
            Scheduler scheduler,
            MapId map,
            List<KeyedCell> cells,
            Consumer<@Nullable KvException> listener) {
        this.engine = engine;
        this.scheduler = scheduler;
        this.map = map;
        this.cells = List.copyOf(cells);
        this.listener = listener;
    }

    /**
     * Writes in the calling thread as far as there is room, else later.
     *
     * @param listener told once, on any thread: null when all is written, or what failed
     */
    static void start(
            StorageEngine engine,
            Scheduler scheduler,
            MapId map,
            List<KeyedCell> cells,
            Consumer<@Nullable KvException> listener) {
        new LocalWrites(engine, scheduler, map, cells, listener).proceed();
    }

    private void proceed() {
        while (next < cells.size() && !hasFailed()) {
            int end = Math.min(cells.size(), next + BATCH_CELLS);
            if (!write(cells.subList(next, end))) {
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
                            .map(cell -> new Mutation(map, cell.key(), cell.cell()))
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
        failure = reason;
    }

    private void ended() {
        KvException reason;
        synchronized (this) {
            pending--;
            if (pending > 0) {
                return;
            }
            reason = failure;
        }
        listener.accept(reason);
    }

    /** Takes the engine's answer to one batch. Guarded by its own monitor. */
    private static final class BatchWrite implements WriteCallback {
        private final LocalWrites writes;
        private boolean overloaded;
        /** Whether the call of the engine returned: what is refused later is not written again. */
        private boolean returned;

        BatchWrite(LocalWrites writes) {
            this.writes = writes;
        }

        @Override
        public void onWritten(@Nullable Version newer) {
            writes.ended();
        }

        @Override
        public void onFailed(KvException reason) {
            boolean again;
            synchronized (this) {
                again = reason instanceof OverloadedException && !returned;
                overloaded |= again;
            }
            if (!again) {
                writes.failed(reason);
            }
            writes.ended();
        }

        synchronized boolean isRefusedAtOnce() {
            returned = true;
            return overloaded;
        }
    }
}
