package io.kvmesh.api;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The calls of {@link KvMap} that return at once. Safe for any thread.
 *
 * <p>The same guarantees hold. A future completes exceptionally with the exception that the blocking call would throw;
 * wrong arguments (null, over the limit, without codec) are thrown by the call itself. Futures complete on threads of
 * the store that are meant for user code; a dependent stage that blocks for long delays others.
 */
public interface AsyncKvMap<K, V> {

    /** The name under which all members know the map. */
    String name();

    /** A view of this map whose reads and writes use the given level. */
    AsyncKvMap<K, V> with(ConsistencyLevel level);

    /** Completes with the value, or with null if there is none. */
    CompletableFuture<@Nullable V> get(K key);

    /** Completes with the value and its version, or with null if there is none. */
    CompletableFuture<@Nullable Versioned<V>> getVersioned(K key);

    /** Writes and completes with the value that was read before, or null. */
    CompletableFuture<@Nullable V> put(K key, V value);

    /** Deletes and completes with the value that was read before, or null. */
    CompletableFuture<@Nullable V> remove(K key);

    /** Writes without reading the old value first. */
    CompletableFuture<Void> set(K key, V value);

    /** Deletes without reading the old value first. */
    CompletableFuture<Void> delete(K key);
}
