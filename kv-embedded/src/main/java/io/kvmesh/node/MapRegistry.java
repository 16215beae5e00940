package io.kvmesh.node;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MapSpec;
import io.kvmesh.api.MapSpecMismatchException;
import io.kvmesh.codec.Codecs;
import io.kvmesh.codec.KeyCodec;
import io.kvmesh.codec.ValueCodec;
import io.kvmesh.coordinator.Coordinator;
import io.kvmesh.coordinator.Quorum;
import io.kvmesh.map.DistributedKvMap;
import io.kvmesh.map.Levels;
import io.kvmesh.map.MapState;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.runtime.Clock;
import io.kvmesh.storage.StorageEngine;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The maps that were opened on this member, by name. Guarded by its own monitor. */
final class MapRegistry {
    /** How many maps one store may have open. */
    static final int MAPS_MAX = 1_024;

    private final KvConfig config;
    private final StorageEngine engine;
    private final Coordinator coordinator;
    private final Clock clock;
    private final Partitioner partitioner;
    private final BooleanSupplier closed;
    private final TreeMap<String, MapState<?, ?>> maps = new TreeMap<>();
    private @Nullable Codecs codecs;

    MapRegistry(
            KvConfig config,
            StorageEngine engine,
            Coordinator coordinator,
            Clock clock,
            Partitioner partitioner,
            BooleanSupplier closed) {
        this.config = config;
        this.engine = engine;
        this.coordinator = coordinator;
        this.clock = clock;
        this.partitioner = partitioner;
        this.closed = closed;
    }

    <K, V> KvMap<K, V> open(MapSpec<K, V> spec) {
        ConsistencyLevel read = spec.readConsistency().orElse(config.readConsistency());
        ConsistencyLevel write = spec.writeConsistency().orElse(config.writeConsistency());
        boolean sloppy = spec.sloppyQuorum().orElse(config.sloppyQuorum());
        return new DistributedKvMap<>(stateOf(spec), new Levels(read, write, sloppy ? Quorum.SLOPPY : Quorum.STRICT));
    }

    /** Where a key of an open map lies. */
    synchronized Key locate(String map, Object key) {
        MapState<?, ?> state = maps.get(map);
        if (state == null) {
            throw new IllegalArgumentException("map '" + map + "' is not open on this member; open it first");
        }
        return keyOf(state, key);
    }

    @SuppressWarnings("unchecked") // two specs of the same map name the same types
    private synchronized <K, V> MapState<K, V> stateOf(MapSpec<K, V> spec) {
        MapState<?, ?> known = maps.get(spec.name());
        if (known != null) {
            if (!known.spec().isSameMap(spec)) {
                throw new MapSpecMismatchException("map '" + spec.name() + "' is open here as " + describe(known.spec())
                        + " and cannot be opened as " + describe(spec));
            }
            choose(spec);
            return (MapState<K, V>) known;
        }
        if (maps.size() >= MAPS_MAX) {
            throw new IllegalArgumentException(
                    "map '" + spec.name() + "' would be one more than the limit of " + MAPS_MAX + " open maps");
        }
        MapState<K, V> state = create(spec);
        maps.put(spec.name(), state);
        return state;
    }

    private <K, V> MapState<K, V> create(MapSpec<K, V> spec) {
        if (codecs == null) {
            codecs = new Codecs(config.registeredTypes());
        }
        KeyCodec<K> keyCodec = codecs.keyCodec(spec.keyType());
        ValueCodec<V> valueCodec = codecs.valueCodec(spec.valueType());
        MapDescriptor descriptor = MapDescriptor.of(spec.name(), keyCodec.name(), valueCodec.name());
        engine.createMap(descriptor);
        choose(spec);
        return new MapState<>(
                spec,
                descriptor,
                keyCodec,
                valueCodec,
                partitioner,
                coordinator,
                clock,
                config.keyBytesMax(),
                config.valueBytesMax(),
                closed);
    }

    private void choose(MapSpec<?, ?> spec) {
        MapId map = MapId.ofName(spec.name());
        spec.compaction().ifPresent(compaction -> engine.chooseCompaction(map, compaction));
        engine.chooseTables(map, spec.compression(), spec.bloomBitsPerKey());
    }

    private static <K, V> Key keyOf(MapState<K, V> state, Object key) {
        return state.keyOfObject(key);
    }

    private static String describe(MapSpec<?, ?> spec) {
        return spec.keyType().getName() + " to " + spec.valueType().getName();
    }
}
