package io.kvmesh.hint;

import io.kvmesh.metadata.Hint;
import io.kvmesh.metadata.HintStoreException;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hints on their way to the book. Guarded by its own monitor, which is never held while a store works.
 *
 * <p>Whoever brings a hint goes on at once; the hint lane writes down all that came meanwhile in one transaction, and
 * only then tells those who brought them.
 */
final class HintQueue {
    private static final Logger LOG = LoggerFactory.getLogger(HintQueue.class);

    private final Scheduler scheduler;
    private final HintLimits limits;
    private final HintCounters counters;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean drainIsDue;
    private @Nullable HintBook book;
    /** Why no hint is taken any more. */
    private @Nullable String shut;

    private record Waiting(Hint hint, HintListener listener) {}

    HintQueue(Scheduler scheduler, HintLimits limits, HintCounters counters) {
        this.scheduler = scheduler;
        this.limits = limits;
        this.counters = counters;
    }

    /** Takes a hint that is to be kept. Safe for any thread; does not block. */
    void offer(Hint hint, HintListener listener) {
        String obstacle;
        synchronized (this) {
            obstacle = obstacle(hint);
            if (obstacle == null) {
                waiting.addLast(new Waiting(hint, listener));
                waitingBytes += hint.bytes();
                drainLater();
            }
        }
        if (obstacle != null) {
            counters.refused.incrementAndGet();
            listener.onNotKept(obstacle);
        }
    }

    /** From here on hints are written down in this book. Called on the hint lane. */
    synchronized void use(HintBook opened) {
        shut = null;
        book = opened;
        drainLater();
    }

    /** Refuses what waits and what comes. Called on the hint lane. */
    void shut(String reason) {
        List<Waiting> refused;
        synchronized (this) {
            shut = reason;
            book = null;
            refused = takeAll(Integer.MAX_VALUE);
        }
        refuse(refused, reason);
    }

    /** Writes down what waits. Called on the hint lane. */
    void drain() {
        List<Waiting> batch;
        HintBook to;
        synchronized (this) {
            drainIsDue = false;
            to = book;
            batch = to == null ? List.of() : takeAll(limits.batchMax());
            drainLater();
        }
        if (to != null && !batch.isEmpty()) {
            write(batch, to);
        }
    }

    private void write(List<Waiting> batch, HintBook to) {
        if (to.bytes() > limits.bytesMax()) {
            refuse(batch, "hints for all members take more than " + limits.bytesMax() + " bytes");
            return;
        }
        try {
            to.add(batch.stream().map(Waiting::hint).toList());
        } catch (HintStoreException e) {
            LOG.warn("{} hints cannot be kept", batch.size(), e);
            refuse(batch, String.valueOf(e.getMessage()));
            return;
        }
        batch.forEach(entry -> entry.listener().onKept());
    }

    private void refuse(List<Waiting> batch, String reason) {
        counters.refused.addAndGet(batch.size());
        batch.forEach(entry -> entry.listener().onNotKept(reason));
    }

    private @Nullable String obstacle(Hint hint) {
        if (shut != null) {
            return shut;
        }
        if (waiting.size() >= limits.waitingMax()) {
            return "more than " + limits.waitingMax() + " hints wait to be written down";
        }
        if (waitingBytes + hint.bytes() > limits.waitingBytesMax()) {
            return "more than " + limits.waitingBytesMax() + " bytes of hints wait to be written down";
        }
        return null;
    }

    private void drainLater() {
        if (!drainIsDue && book != null && !waiting.isEmpty()) {
            drainIsDue = true;
            // A delayed task is late rather than lost when the lane is full.
            scheduler.schedule(Lane.HINT, 0, this::drain);
        }
    }

    private List<Waiting> takeAll(int countMax) {
        List<Waiting> taken = new ArrayList<>();
        Waiting next = waiting.pollFirst();
        while (next != null) {
            taken.add(next);
            waitingBytes -= next.hint().bytes();
            next = taken.size() < countMax ? waiting.pollFirst() : null;
        }
        return taken;
    }
}
