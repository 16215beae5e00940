package io.kvmesh.codec;

import io.kvmesh.api.CodecException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import org.jspecify.annotations.Nullable;

/** Reads the components of a record class and makes new records, through method handles. Immutable. */
final class RecordShape {
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
    private static final MethodType GETTER = MethodType.methodType(Object.class, Object.class);
    private static final MethodType CONSTRUCTOR = MethodType.methodType(Object.class, Object[].class);

    private final Class<?> type;
    private final RecordComponent[] components;
    private final MethodHandle[] getters;
    private final MethodHandle constructor;

    private RecordShape(Class<?> type, RecordComponent[] components, MethodHandle[] getters, MethodHandle constructor) {
        this.type = type;
        this.components = components;
        this.getters = getters;
        this.constructor = constructor;
    }

    /** @throws CodecException if the module of the record does not let us at it */
    static RecordShape of(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        MethodHandle[] getters = new MethodHandle[components.length];
        Class<?>[] types = new Class<?>[components.length];
        try {
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                Method accessor = components[i].getAccessor();
                accessor.setAccessible(true);
                getters[i] = LOOKUP.unreflect(accessor).asType(GETTER);
            }
            Constructor<?> canonical = type.getDeclaredConstructor(types);
            canonical.setAccessible(true);
            MethodHandle constructor = LOOKUP.unreflectConstructor(canonical)
                    .asFixedArity()
                    .asSpreader(Object[].class, types.length)
                    .asType(CONSTRUCTOR);
            return new RecordShape(type, components, getters, constructor);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new CodecException(TypeNames.closed(type), e);
        }
    }

    Class<?> type() {
        return type;
    }

    int size() {
        return components.length;
    }

    RecordComponent component(int index) {
        return components[index];
    }

    MethodHandle getter(int index) {
        return getters[index];
    }

    @Nullable
    Object get(Object record, int index) {
        return Handles.get(getters[index], record);
    }

    Object create(@Nullable Object[] values) {
        return Handles.create(constructor, values);
    }
}
