package io.kvmesh.api;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a map is: its name and the types of its keys and values. Immutable. The first member that opens a map fixes its
 * specification for all; opening it with another one fails with {@link MapSpecMismatchException}.
 *
 * @param name 1 to 64 characters out of {@code A-Z a-z 0-9 _ . -}
 * @param compaction how this member merges the map's SSTables from now on; empty to leave that as it is. Each member
 *     may have its own
 */
public record MapSpec<K, V>(String name, Class<K> keyType, Class<V> valueType, Optional<Compaction> compaction) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    public MapSpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(keyType, "keyType");
        Objects.requireNonNull(valueType, "valueType");
        Objects.requireNonNull(compaction, "compaction");
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "map name '" + name + "' must be 1 to 64 characters out of A-Z a-z 0-9 _ . -");
        }
        if (keyType.isPrimitive() || valueType.isPrimitive()) {
            throw new IllegalArgumentException(
                    "map '" + name + "' must name object types, such as Long.class instead of long.class");
        }
    }

    public static <K, V> MapSpec<K, V> of(String name, Class<K> keyType, Class<V> valueType) {
        return new MapSpec<>(name, keyType, valueType, Optional.empty());
    }

    /** The same map, with its SSTables merged like this on this member. */
    public MapSpec<K, V> withCompaction(Compaction chosen) {
        return new MapSpec<>(name, keyType, valueType, Optional.of(chosen));
    }

    /** Whether both name the same map with the same types. */
    public boolean isSameMap(MapSpec<?, ?> other) {
        return name.equals(other.name) && keyType.equals(other.keyType) && valueType.equals(other.valueType);
    }
}
