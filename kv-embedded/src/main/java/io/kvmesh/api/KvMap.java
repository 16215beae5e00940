package io.kvmesh.api;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * A durable, replicated map. Safe for any thread; views share the map's state.
 *
 * <p>Guarantees of {@link #get}, {@link #put}, {@link #remove}, {@link #set} and {@link #delete}: each acts on one key;
 * of two writes of a key the later one wins on every replica (last write wins, by hybrid logical clock). A write that
 * returned normally is on as many replicas as its consistency level demands. When the numbers of replicas read and
 * written overlap (see {@link ConsistencyLevel}), a read sees the latest write that returned before the read began, or
 * one that was under way.
 *
 * <p>Not guaranteed: {@code put} and {@code remove} return the value that they read before they wrote; another thread
 * or member may have written in between. A call that failed with an exception whose {@link KvException#outcome()} is
 * {@code UNKNOWN} may have taken effect, or may take effect later.
 *
 * <p>Conditional methods ({@code putIfAbsent}, {@code replace}, {@code remove(key, value)}, {@code compute},
 * {@code computeIfAbsent}, {@code computeIfPresent}, {@code merge}, {@code replaceAll}) need consensus per key, and
 * methods over the whole map ({@code size}, {@code isEmpty}, {@code containsValue}, {@code keySet}, {@code values},
 * {@code entrySet}, {@code forEach}, {@code clear}) need a scan of all members. This version has neither: they throw
 * {@link UnsupportedOperationException} and have no effect.
 *
 * <p>Keys and values are never null: {@link NullPointerException}. They are encoded by the caller's thread, on one
 * member and on many alike, so the map never hands out the object that was put in. A key or value above its size limit
 * is refused with {@link IllegalArgumentException}. {@code equals} and {@code hashCode} are those of the object, not of
 * the content.
 *
 * <p>Errors are unchecked, see {@link KvException}: {@link UnavailableException}, {@link WriteTimeoutException},
 * {@link ReadTimeoutException}, {@link OverloadedException}, {@link CodecException}, {@link StoreClosedException},
 * {@link StoreReadOnlyException}.
 */
public interface KvMap<K, V> extends ConcurrentMap<K, V> {

    /** The name under which all members know the map. */
    String name();

    /**
     * A view of this map whose reads and writes use the given level. Cheap; the map itself is unchanged. What reads,
     * as {@link #put} and {@link #remove(Object)} do, too, throws {@link IllegalArgumentException} at
     * {@link ConsistencyLevel#ANY}.
     */
    KvMap<K, V> with(ConsistencyLevel level);

    /** A view of this map with one level for reads and another one for writes. */
    KvMap<K, V> with(ConsistencyLevel readLevel, ConsistencyLevel writeLevel);

    /** The same map, with calls that return at once. */
    AsyncKvMap<K, V> async();

    /** Writes without reading the old value first: one round trip to the replicas where {@link #put} needs two. */
    void set(K key, V value);

    /** Deletes without reading the old value first: one round trip where {@link #remove(Object)} needs two. */
    void delete(K key);

    /** The value with its version, or null if there is none. */
    @Nullable
    Versioned<V> getVersioned(K key);

    /** Reads many keys at once. The result, in the order of the keys, has no entry for an absent key. */
    Map<K, V> getAll(Collection<? extends K> keys);
}
