package io.kvmesh.api;

/** A listener that is told of something until this is closed. Safe for any thread. */
@FunctionalInterface
public interface Watch extends AutoCloseable {
    /** Ends it. A call of the listener that is under way goes on. Idempotent. */
    @Override
    void close();
}
