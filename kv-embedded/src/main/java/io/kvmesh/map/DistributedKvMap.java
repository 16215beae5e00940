package io.kvmesh.map;

import io.kvmesh.api.AsyncKvMap;
import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.Versioned;
import io.kvmesh.coordinator.ReadOperation;
import io.kvmesh.coordinator.WriteOperation;
import io.kvmesh.model.Key;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The blocking view of a map at one pair of consistency levels. Immutable, safe for any thread. */
public final class DistributedKvMap<K, V> extends UnsupportedMapMethods<K, V> implements KvMap<K, V> {
    /** How many operations {@link #getAll} and {@link #putAll} keep under way at once. */
    private static final int OPERATIONS_AT_ONCE_MAX = 64;

    private final MapState<K, V> state;
    private final Levels levels;

    public DistributedKvMap(MapState<K, V> state, Levels levels) {
        super(state.name());
        this.state = state;
        this.levels = levels;
    }

    @Override
    public String name() {
        return state.name();
    }

    @Override
    public KvMap<K, V> with(ConsistencyLevel level) {
        return with(level, level);
    }

    @Override
    public KvMap<K, V> with(ConsistencyLevel read, ConsistencyLevel write) {
        return new DistributedKvMap<>(state, levels.with(read, write));
    }

    @Override
    public AsyncKvMap<K, V> async() {
        return new DistributedAsyncKvMap<>(state, levels);
    }

    @Override
    public @Nullable V get(Object key) {
        Key storageKey = state.keyOfObject(key);
        return state.decode(
                state.read(storageKey, levels.read(), state.deadlineFromNow()).await());
    }

    @Override
    public @Nullable Versioned<V> getVersioned(K key) {
        Key storageKey = state.key(key);
        return state.decodeVersioned(
                state.read(storageKey, levels.read(), state.deadlineFromNow()).await());
    }

    @Override
    public V getOrDefault(Object key, V defaultValue) {
        V value = get(key);
        return value == null ? defaultValue : value;
    }

    @Override
    public boolean containsKey(Object key) {
        return get(key) != null;
    }

    @Override
    public Map<K, V> getAll(Collection<? extends K> keys) {
        Map<K, V> found = new LinkedHashMap<>();
        List<K> window = new ArrayList<>(OPERATIONS_AT_ONCE_MAX);
        for (K key : keys) {
            window.add(Objects.requireNonNull(key, "key"));
            if (window.size() == OPERATIONS_AT_ONCE_MAX) {
                readWindow(window, found);
            }
        }
        readWindow(window, found);
        return found;
    }

    @Override
    public @Nullable V put(K key, V value) {
        Key storageKey = state.key(key);
        byte[] encoded = state.encodeValue(value);
        return replace(storageKey, encoded);
    }

    @Override
    public @Nullable V remove(Object key) {
        return replace(state.keyOfObject(key), null);
    }

    @Override
    public void set(K key, V value) {
        Key storageKey = state.key(key);
        state.write(storageKey, state.encodeValue(value), levels, state.deadlineFromNow())
                .await();
    }

    @Override
    public void delete(K key) {
        state.write(state.key(key), null, levels, state.deadlineFromNow()).await();
    }

    /**
     * Writes all entries, many at a time and in no order. If a write fails, the error is thrown once those under way
     * have ended; other entries may be written by then.
     */
    @Override
    public void putAll(Map<? extends K, ? extends V> entries) {
        List<WriteOperation> window = new ArrayList<>(OPERATIONS_AT_ONCE_MAX);
        for (Map.Entry<? extends K, ? extends V> entry : entries.entrySet()) {
            Key key = state.key(entry.getKey());
            byte[] value = state.encodeValue(entry.getValue());
            window.add(state.write(key, value, levels, state.deadlineFromNow()));
            if (window.size() == OPERATIONS_AT_ONCE_MAX) {
                window.forEach(WriteOperation::await);
                window.clear();
            }
        }
        window.forEach(WriteOperation::await);
    }

    private @Nullable V replace(Key key, byte @Nullable [] encoded) {
        long deadlineNanos = state.deadlineFromNow();
        V old = state.decode(state.read(key, levels.read(), deadlineNanos).await());
        state.write(key, encoded, levels, deadlineNanos).await();
        return old;
    }

    private void readWindow(List<K> window, Map<K, V> found) {
        List<ReadOperation> operations = new ArrayList<>(window.size());
        for (K key : window) {
            operations.add(state.read(state.key(key), levels.read(), state.deadlineFromNow()));
        }
        for (int i = 0; i < window.size(); i++) {
            V value = state.decode(operations.get(i).await());
            if (value != null) {
                found.put(window.get(i), value);
            }
        }
        window.clear();
    }

    @Override
    public String toString() {
        return "KvMap '" + name() + "' " + levels;
    }
}
