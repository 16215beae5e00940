package io.kvmesh.transport;

import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.Scheduler.Cancellable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A hello that is said again and again until it is answered. Confined to the control lane. */
final class HelloAttempt {
    static final long FIRST_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    static final long LAST_DELAY_NANOS = TimeUnit.SECONDS.toNanos(2);
    static final long REJECTED_DELAY_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** Hellos in quick succession, five seconds long, before the pauses between them grow. */
    static final int QUICK_HELLOS = 25;

    final long id;
    /** The member that is sought, or null for whoever listens at the address. */
    final @Nullable NodeId node;

    private PeerAddress address;
    private long generation;
    private int said;
    private long delayNanos = FIRST_DELAY_NANOS;
    private boolean rejected;
    private boolean done;
    private @Nullable Cancellable timer;

    HelloAttempt(long id, @Nullable PeerId peer, PeerAddress address) {
        this.id = id;
        this.node = peer == null ? null : peer.node();
        this.generation = peer == null ? 0 : peer.generation();
        this.address = address;
    }

    PeerAddress address() {
        return address;
    }

    long generation() {
        return generation;
    }

    /** Follows a member that is known to have started again, maybe elsewhere. */
    void redirect(PeerId peer, PeerAddress newAddress) {
        if (peer.generation() >= generation) {
            generation = peer.generation();
            address = newAddress;
        }
    }

    void slowDown() {
        rejected = true;
    }

    /** How long to wait for an answer to the hello that was just said. */
    long nextDelayNanos() {
        said++;
        if (rejected) {
            return REJECTED_DELAY_NANOS;
        }
        if (said > QUICK_HELLOS) {
            delayNanos = Math.min(LAST_DELAY_NANOS, delayNanos + delayNanos / 2);
        }
        return delayNanos;
    }

    void setTimer(Cancellable newTimer) {
        timer = newTimer;
    }

    boolean isDone() {
        return done;
    }

    void finish() {
        done = true;
        Cancellable running = timer;
        if (running != null) {
            running.cancel();
        }
    }
}
