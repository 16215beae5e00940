package io.kvmesh.coordinator;

import io.kvmesh.api.KvException;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Signal;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One read or write under way, and its result. Guarded by its own monitor; the signal fires when the result is there.
 *
 * @param <R> the type of the result
 */
public abstract class Operation<R> extends Signal {
    final CoordinatorContext context;
    final long deadlineNanos;

    private boolean done;
    private @Nullable R result;
    private @Nullable KvException failure;
    private @Nullable Runnable listener;

    Operation(CoordinatorContext context, long deadlineNanos) {
        this.context = context;
        this.deadlineNanos = deadlineNanos;
    }

    /**
     * Waits for the result.
     *
     * @throws KvException if the operation failed
     */
    public final @Nullable R await() {
        // Also when the result is there already: a simulation lets another thread run between two operations here.
        boolean fired;
        try {
            fired = context.blocking().await(this, deadlineNanos);
        } catch (InterruptedException e) {
            fail(interrupted(e));
            fired = true;
        }
        if (!fired) {
            expire();
        }
        return resultNow();
    }

    /** A future of the result. It completes on the callback lane. */
    public final CompletableFuture<@Nullable R> toFuture() {
        CompletableFuture<@Nullable R> future = new CompletableFuture<>();
        listen(() -> completeOnCallbackLane(future));
        return future;
    }

    /** Fails the operation because its time is over. No effect once it is done. */
    abstract void expire();

    abstract KvException interrupted(InterruptedException cause);

    final boolean isDone() {
        return isFired();
    }

    final void succeed(@Nullable R value) {
        finish(value, null);
    }

    final void fail(KvException reason) {
        finish(null, reason);
    }

    /** Runs once the result is there, on the thread that brought it. */
    final void listen(Runnable runnable) {
        synchronized (this) {
            if (!done) {
                listener = runnable;
                return;
            }
        }
        runnable.run();
    }

    /** The result of an operation that is done. */
    final @Nullable R resultNow() {
        synchronized (this) {
            if (failure != null) {
                failure.fillInStackTrace();
                throw failure;
            }
            return result;
        }
    }

    final synchronized @Nullable KvException failureNow() {
        return failure;
    }

    private void finish(@Nullable R value, @Nullable KvException reason) {
        Runnable toRun;
        synchronized (this) {
            if (done) {
                return;
            }
            done = true;
            result = value;
            failure = reason;
            toRun = listener;
        }
        fire();
        if (toRun != null) {
            toRun.run();
        }
    }

    private void completeOnCallbackLane(CompletableFuture<@Nullable R> future) {
        Runnable completion = () -> {
            KvException reason = failureNow();
            if (reason != null) {
                future.completeExceptionally(reason);
            } else {
                future.complete(resultNow());
            }
        };
        if (!context.scheduler().offer(Lane.CALLBACK, completion)) {
            // A full lane delays the completion and never loses it.
            context.scheduler().schedule(Lane.CALLBACK, 0, completion);
        }
    }
}
