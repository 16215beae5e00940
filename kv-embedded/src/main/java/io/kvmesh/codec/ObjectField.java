package io.kvmesh.codec;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * A component of a record or a field of a class. Immutable.
 *
 * @param declared the declared class
 * @param generic the declared type with its type arguments
 * @param setter null for the component of a record
 */
record ObjectField(
        String name,
        Class<?> declared,
        Type generic,
        FieldKind kind,
        MethodHandle getter,
        @Nullable MethodHandle setter) {

    /** What a reader sees where the writer had no such field. */
    @Nullable
    Object defaultValue() {
        return switch (kind) {
            case BOOLEAN -> false;
            case BYTE -> (byte) 0;
            case SHORT -> (short) 0;
            case CHAR -> (char) 0;
            case INT -> 0;
            case LONG -> 0L;
            case FLOAT -> 0f;
            case DOUBLE -> 0d;
            case STRING, OBJECT -> null;
        };
    }

    /** A stored value as this field holds it: numbers are widened where that loses nothing. */
    @Nullable
    Object convert(@Nullable Object stored) {
        if (stored == null) {
            return defaultValue();
        }
        Class<?> wanted = KeyCodecs.boxed(declared);
        if (wanted.isInstance(stored)) {
            return stored;
        }
        Object widened = widen(stored, wanted);
        if (widened == null) {
            throw new CodecFault(
                    "was written as " + stored.getClass().getName() + " and is now declared as " + declared.getName());
        }
        return widened;
    }

    private static @Nullable Object widen(Object stored, Class<?> wanted) {
        int rank = integralRank(stored.getClass());
        if (rank > 0) {
            long number = ((Number) stored).longValue();
            if (integralRank(wanted) > rank) {
                return wanted == Long.class ? number : wanted == Integer.class ? (Object) (int) number : (short) number;
            }
            if (wanted == Double.class && rank <= integralRank(Integer.class)) {
                return (double) number;
            }
            if (wanted == Float.class && rank <= integralRank(Short.class)) {
                return (float) number;
            }
        }
        return stored instanceof Float number && wanted == Double.class ? (Object) number.doubleValue() : null;
    }

    private static int integralRank(Class<?> type) {
        if (type == Byte.class) {
            return 1;
        }
        if (type == Short.class) {
            return 2;
        }
        if (type == Integer.class) {
            return 3;
        }
        return type == Long.class ? 4 : 0;
    }
}
