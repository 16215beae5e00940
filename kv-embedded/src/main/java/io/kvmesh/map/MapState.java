package io.kvmesh.map;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.MapSpec;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.Versioned;
import io.kvmesh.codec.KeyCodec;
import io.kvmesh.codec.ValueCodec;
import io.kvmesh.coordinator.Coordinator;
import io.kvmesh.coordinator.ReadOperation;
import io.kvmesh.coordinator.WriteOperation;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.runtime.Clock;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What all views of one map share: codecs, limits and the way to the coordinator. Immutable, safe for any thread. */
public final class MapState<K, V> {
    private final MapSpec<K, V> spec;
    private final MapDescriptor descriptor;
    private final KeyCodec<K> keyCodec;
    private final ValueCodec<V> valueCodec;
    private final Partitioner partitioner;
    private final Coordinator coordinator;
    private final Clock clock;
    private final int keyBytesMax;
    private final int valueBytesMax;
    private final BooleanSupplier closed;

    public MapState(
            MapSpec<K, V> spec,
            MapDescriptor descriptor,
            KeyCodec<K> keyCodec,
            ValueCodec<V> valueCodec,
            Partitioner partitioner,
            Coordinator coordinator,
            Clock clock,
            int keyBytesMax,
            int valueBytesMax,
            BooleanSupplier closed) {
        this.spec = spec;
        this.descriptor = descriptor;
        this.keyCodec = keyCodec;
        this.valueCodec = valueCodec;
        this.partitioner = partitioner;
        this.coordinator = coordinator;
        this.clock = clock;
        this.keyBytesMax = keyBytesMax;
        this.valueBytesMax = valueBytesMax;
        this.closed = closed;
    }

    public MapSpec<K, V> spec() {
        return spec;
    }

    String name() {
        return spec.name();
    }

    /** Where a key of the user lies, partition included. */
    public Key key(K key) {
        Objects.requireNonNull(key, "key");
        byte[] encoded = keyCodec.encode(key);
        if (encoded.length > keyBytesMax) {
            throw new IllegalArgumentException("a key of map '" + name() + "' takes " + encoded.length
                    + " bytes, over the limit keyBytesMax of " + keyBytesMax);
        }
        return partitioner.key(encoded);
    }

    /** A key that comes as an object, as the methods of Map have it. */
    public Key keyOfObject(Object key) {
        Objects.requireNonNull(key, "key");
        if (!spec.keyType().isInstance(key)) {
            throw new ClassCastException("keys of map '" + name() + "' are "
                    + spec.keyType().getName() + ", not " + key.getClass().getName());
        }
        return key(spec.keyType().cast(key));
    }

    byte[] encodeValue(V value) {
        Objects.requireNonNull(value, "value");
        byte[] encoded = valueCodec.encode(value);
        if (encoded.length > valueBytesMax) {
            throw new IllegalArgumentException("a value of map '" + name() + "' takes " + encoded.length
                    + " bytes, over the limit valueBytesMax of " + valueBytesMax);
        }
        return encoded;
    }

    /** The value of a cell as a reader sees it now: null for none, a tombstone, or what has expired. */
    @Nullable
    V decode(@Nullable Cell cell) {
        return cell == null || !cell.isLive(clock.wallMicros()) ? null : valueCodec.decode(cell.value());
    }

    @Nullable
    Versioned<V> decodeVersioned(@Nullable Cell cell) {
        V value = decode(cell);
        return value == null || cell == null
                ? null
                : new Versioned<>(
                        value, cell.version().timestampMicros(), cell.version().toString());
    }

    long deadlineFromNow() {
        requireOpen();
        return coordinator.deadlineFromNow();
    }

    ReadOperation read(Key key, ConsistencyLevel level, long deadlineNanos) {
        requireOpen();
        requireForReads(level);
        return coordinator.readBlocking(descriptor, key, level, deadlineNanos);
    }

    ReadOperation readAsync(Key key, ConsistencyLevel level, long deadlineNanos) {
        requireOpen();
        requireForReads(level);
        return coordinator.readAsync(descriptor, key, level, deadlineNanos);
    }

    WriteOperation write(Key key, byte @Nullable [] value, Levels levels, long deadlineNanos) {
        requireOpen();
        return coordinator.write(descriptor, key, value, levels.write(), levels.writeQuorum(), deadlineNanos);
    }

    private void requireForReads(ConsistencyLevel level) {
        if (!level.isForReads()) {
            throw new IllegalArgumentException("keys of map '" + name() + "' cannot be read at " + level
                    + ", which is for writes only: use with(readLevel, writeLevel)");
        }
    }

    private void requireOpen() {
        if (closed.getAsBoolean()) {
            throw new StoreClosedException("the store of map '" + name() + "' is closed");
        }
    }
}
