package io.kvmesh.map;

import io.kvmesh.api.AsyncKvMap;
import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.Versioned;
import io.kvmesh.model.Key;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The view of a map whose calls return at once. Immutable, safe for any thread. */
final class DistributedAsyncKvMap<K, V> implements AsyncKvMap<K, V> {
    private final MapState<K, V> state;
    private final Levels levels;

    DistributedAsyncKvMap(MapState<K, V> state, Levels levels) {
        this.state = state;
        this.levels = levels;
    }

    @Override
    public String name() {
        return state.name();
    }

    @Override
    public AsyncKvMap<K, V> with(ConsistencyLevel level) {
        return new DistributedAsyncKvMap<>(state, levels.with(level, level));
    }

    @Override
    public CompletableFuture<@Nullable V> get(K key) {
        return state.readAsync(state.key(key), levels.read(), state.deadlineFromNow())
                .toFuture()
                .thenApply(state::decode);
    }

    @Override
    public CompletableFuture<@Nullable Versioned<V>> getVersioned(K key) {
        return state.readAsync(state.key(key), levels.read(), state.deadlineFromNow())
                .toFuture()
                .thenApply(state::decodeVersioned);
    }

    @Override
    public CompletableFuture<@Nullable V> put(K key, V value) {
        return replace(state.key(key), state.encodeValue(value));
    }

    @Override
    public CompletableFuture<@Nullable V> remove(K key) {
        return replace(state.key(key), null);
    }

    @Override
    public CompletableFuture<Void> set(K key, V value) {
        return write(state.key(key), state.encodeValue(value), state.deadlineFromNow());
    }

    @Override
    public CompletableFuture<Void> delete(K key) {
        return write(state.key(key), null, state.deadlineFromNow());
    }

    private CompletableFuture<@Nullable V> replace(Key key, byte @Nullable [] encoded) {
        long deadlineNanos = state.deadlineFromNow();
        return state.readAsync(key, levels.read(), deadlineNanos).toFuture().thenCompose(cell -> {
            V old = state.decode(cell);
            return write(key, encoded, deadlineNanos).thenApply(done -> old);
        });
    }

    private CompletableFuture<Void> write(Key key, byte @Nullable [] encoded, long deadlineNanos) {
        return state.write(key, encoded, levels, deadlineNanos).toFuture().thenApply(done -> null);
    }

    @Override
    public String toString() {
        return "AsyncKvMap '" + name() + "' " + levels;
    }
}
