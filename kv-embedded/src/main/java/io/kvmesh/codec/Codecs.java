package io.kvmesh.codec;

import io.kvmesh.api.CodecException;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the codecs of a store's maps. Immutable, safe for any number of threads. Kryo is loaded when the first value of
 * a registered type is written or read, not before.
 */
public final class Codecs {
    private final ObjectTypes types;
    private final EnginePool engines;

    /** @throws CodecException if a registered type cannot be encoded, or two of them collide; the message says why */
    public Codecs(List<Class<?>> registeredTypes) {
        types = new ObjectTypes(registeredTypes);
        engines = new EnginePool(types);
    }

    /**
     * The codec of a key type. A primitive class stands for its box.
     *
     * @throws CodecException if the type has no ordered encoding
     */
    public <K> KeyCodec<K> keyCodec(Class<K> type) {
        return KeyCodecs.of(type);
    }

    /**
     * The codec of a value type. A primitive class stands for its box.
     *
     * @throws CodecException if the type, or one that its fields declare, must be registered first
     */
    @SuppressWarnings("unchecked") // The table pairs each class with its own form, and boxes are used in place of K.
    public <V> ValueCodec<V> valueCodec(Class<V> type) {
        Class<?> boxed = KeyCodecs.boxed(type);
        @Nullable ScalarForm<?> scalar = ScalarForms.of(boxed);
        if (scalar != null) {
            return (ValueCodec<V>) new ScalarValueCodec<>(scalar);
        }
        if (BuiltIns.isOpen(boxed)) {
            throw new CodecException("value type " + boxed.getName() + " says too little: name the class of the values,"
                    + " or a sealed interface of yours that is registered");
        }
        refuseMissing(boxed);
        return new ObjectValueCodec<>(type, engines);
    }

    private void refuseMissing(Class<?> type) {
        Map<String, Class<?>> missing = MissingTypes.under(type, types);
        if (missing.isEmpty()) {
            return;
        }
        String places = missing.entrySet().stream()
                .map(entry -> entry.getKey() + " (" + entry.getValue().getName() + ")")
                .collect(Collectors.joining(", "));
        TreeSet<Class<?>> distinct = new TreeSet<>((a, b) -> a.getName().compareTo(b.getName()));
        distinct.addAll(missing.values());
        throw new CodecException("no codec for " + places + ": " + TypeNames.advice(distinct));
    }
}
