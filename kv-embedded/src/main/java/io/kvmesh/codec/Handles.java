package io.kvmesh.codec;

import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** Calls method handles, passing on unchecked exceptions of the user's code as they are. Stateless. */
final class Handles {
    private Handles() {}

    @SuppressWarnings("NullAway") // A component of the user's type may be null.
    static @Nullable Object get(MethodHandle getter, Object target) {
        try {
            return (Object) getter.invokeExact(target);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static Object create(MethodHandle constructor, @Nullable Object[] values) {
        try {
            return (Object) constructor.invokeExact(values);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static void set(MethodHandle setter, Object target, @Nullable Object value) {
        try {
            setter.invokeExact(target, value);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static RuntimeException unchecked(Throwable e) {
        if (e instanceof RuntimeException runtime) {
            return runtime;
        }
        if (e instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(e);
    }
}
