package io.kvmesh.node;

import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.StoreException;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreCopy;
import io.kvmesh.runtime.Signal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads a node store in the lane that it belongs to, for a thread that waits for it. Used by these two, once. */
final class NodeStoreReading implements Runnable {
    private final NodeStore store;
    private final Signal done = new Signal();
    /** Written before the signal is fired. */
    private byte @Nullable [] result;

    private @Nullable RuntimeException failure;

    NodeStoreReading(NodeStore store) {
        this.store = store;
    }

    @Override
    public void run() {
        try {
            result = NodeStoreCopy.encode(store);
        } catch (RuntimeException e) {
            failure = e;
        } finally {
            done.fire();
        }
    }

    /** @param accepted whether the lane took this */
    byte[] await(Environment environment, boolean accepted, long timeoutNanos) {
        if (!accepted) {
            throw new StoreClosedException("the store is closed, or too busy to be backed up; try again");
        }
        try {
            long deadlineNanos = environment.clock().monotonicNanos() + timeoutNanos;
            if (!environment.blocking().await(done, deadlineNanos)) {
                throw new StoreException("the node store was not read in time; try again");
            }
        } catch (InterruptedException e) {
            throw new StoreException("interrupted while the node store was read", e);
        }
        RuntimeException cause = failure;
        if (cause != null) {
            throw new StoreException("the node store cannot be read: " + cause.getMessage(), cause);
        }
        return Objects.requireNonNull(result);
    }
}
