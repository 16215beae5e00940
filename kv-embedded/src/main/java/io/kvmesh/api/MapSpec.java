package io.kvmesh.api;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What a map is: its name and the types of its keys and values. Immutable. The first member that opens a map fixes its
 * specification for all; opening it with another one fails with {@link MapSpecMismatchException}.
 *
 * @param name 1 to 64 characters out of {@code A-Z a-z 0-9 _ . -}
 */
public record MapSpec<K, V>(String name, Class<K> keyType, Class<V> valueType) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    public MapSpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(keyType, "keyType");
        Objects.requireNonNull(valueType, "valueType");
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
        return new MapSpec<>(name, keyType, valueType);
    }
}
