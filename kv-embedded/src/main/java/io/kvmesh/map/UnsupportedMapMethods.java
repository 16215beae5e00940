package io.kvmesh.map;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The methods of a map that this version refuses. Immutable, safe for any thread.
 *
 * <p>The inherited versions of the conditional methods read and then write, which is not atomic over several members;
 * a wrong answer would be worse than none. They need consensus per key; the others need a scan of all members.
 */
abstract class UnsupportedMapMethods<K, V> implements ConcurrentMap<K, V> {
    private final String mapName;

    UnsupportedMapMethods(String mapName) {
        this.mapName = mapName;
    }

    @Override
    public final @Nullable V putIfAbsent(K key, V value) {
        throw needsConsensus("putIfAbsent");
    }

    @Override
    public final boolean remove(Object key, Object value) {
        throw needsConsensus("remove(key, value)");
    }

    @Override
    public final boolean replace(K key, V oldValue, V newValue) {
        throw needsConsensus("replace");
    }

    @Override
    public final @Nullable V replace(K key, V value) {
        throw needsConsensus("replace");
    }

    @Override
    public final void replaceAll(BiFunction<? super K, ? super V, ? extends V> function) {
        throw needsConsensus("replaceAll");
    }

    @Override
    public final @Nullable V compute(
            K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        throw needsConsensus("compute");
    }

    @Override
    public final @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> function) {
        throw needsConsensus("computeIfAbsent");
    }

    @Override
    public final @Nullable V computeIfPresent(K key, BiFunction<? super K, ? super V, ? extends @Nullable V> function) {
        throw needsConsensus("computeIfPresent");
    }

    @Override
    public final @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
        throw needsConsensus("merge");
    }

    @Override
    public final int size() {
        throw needsScan("size");
    }

    @Override
    public final boolean isEmpty() {
        throw needsScan("isEmpty");
    }

    @Override
    public final boolean containsValue(Object value) {
        throw needsScan("containsValue");
    }

    @Override
    public final Set<K> keySet() {
        throw needsScan("keySet");
    }

    @Override
    public final Collection<V> values() {
        throw needsScan("values");
    }

    @Override
    public final Set<Map.Entry<K, V>> entrySet() {
        throw needsScan("entrySet");
    }

    @Override
    public final void forEach(BiConsumer<? super K, ? super V> action) {
        throw needsScan("forEach");
    }

    @Override
    public final void clear() {
        throw needsScan("clear");
    }

    private UnsupportedOperationException needsConsensus(String method) {
        return new UnsupportedOperationException(method + " of map '" + mapName
                + "' needs consensus per key, which this version does not have; nothing was done");
    }

    private UnsupportedOperationException needsScan(String method) {
        return new UnsupportedOperationException(method + " of map '" + mapName
                + "' needs a scan of all members, which this version does not have; nothing was done");
    }
}
