package io.kvmesh.testkit.bench.storage;

import io.kvmesh.api.KvException;
import io.kvmesh.model.Version;
import io.kvmesh.storage.WriteCallback;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One write and the thread that made it, which waits for the end. The callback may come from any thread. */
final class PendingWrite implements WriteCallback {
    private final Thread waiter = Thread.currentThread();
    private @Nullable RuntimeException failure;
    private volatile boolean done;

    @Override
    public void onWritten(@Nullable Version newer) {
        end(newer == null ? null : new IllegalStateException("a write met the newer version " + newer));
    }

    @Override
    public void onFailed(KvException reason) {
        end(reason);
    }

    private void end(@Nullable RuntimeException reason) {
        failure = reason;
        done = true;
        if (Thread.currentThread() != waiter) {
            LockSupport.unpark(waiter);
        }
    }

    /** Returns when the write is acknowledged, and throws why it is not. */
    void await() {
        while (!done) {
            LockSupport.park(this);
        }
        if (failure != null) {
            throw failure;
        }
    }
}
