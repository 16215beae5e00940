package io.kvmesh.node;

import io.kvmesh.api.Health;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.api.Watch;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners when the health of the store changes. Guarded by its own monitor, which is not held while a listener
 * is called; looks once in a while as long as there is a listener.
 */
final class HealthWatches {
    /** How many listeners there may be. */
    static final int LISTENERS_MAX = 64;

    private static final Logger LOG = LoggerFactory.getLogger(HealthWatches.class);

    private final Supplier<Health> health;
    private final Scheduler scheduler;
    private final long intervalNanos;
    private final List<Listener> listeners = new ArrayList<>();
    /** Whether another look is scheduled. */
    private boolean looksLater;

    HealthWatches(Supplier<Health> health, Scheduler scheduler, long intervalNanos) {
        this.health = health;
        this.scheduler = scheduler;
        this.intervalNanos = intervalNanos;
    }

    /** Adds a listener, which is told the present health first. */
    Watch add(Consumer<Health> told) {
        Listener listener = new Listener(told);
        synchronized (this) {
            if (listeners.size() >= LISTENERS_MAX) {
                throw new OverloadedException("more than " + LISTENERS_MAX + " listeners are told of the health");
            }
            listeners.add(listener);
        }
        scheduler.schedule(Lane.CONTROL, 0, this::look);
        return () -> remove(listener);
    }

    private synchronized void remove(Listener listener) {
        listener.end();
        listeners.remove(listener);
    }

    private void lookAgain() {
        synchronized (this) {
            looksLater = false;
        }
        look();
    }

    private void look() {
        List<Listener> current;
        synchronized (this) {
            if (listeners.isEmpty()) {
                return;
            }
            current = List.copyOf(listeners);
            if (!looksLater) {
                looksLater = true;
                scheduler.schedule(Lane.CONTROL, intervalNanos, this::lookAgain);
            }
        }
        for (Listener listener : current) {
            // What a full lane refuses is told after the next look.
            scheduler.offer(Lane.CALLBACK, listener);
        }
    }

    /** Asks for the health when it is called, so that of two calls the later one never tells what is older. */
    private final class Listener implements Runnable {
        private final Consumer<Health> listener;
        private @Nullable Health last;
        private volatile boolean ended;

        Listener(Consumer<Health> listener) {
            this.listener = listener;
        }

        void end() {
            ended = true;
        }

        @Override
        public synchronized void run() {
            Health now = health.get();
            if (ended || now.equals(last) || now.status() == Health.Status.CLOSED) {
                return;
            }
            last = now;
            try {
                listener.accept(now);
            } catch (RuntimeException e) {
                LOG.error("A listener of the health failed", e);
            }
        }
    }
}
