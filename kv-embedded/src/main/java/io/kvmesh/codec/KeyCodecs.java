package io.kvmesh.codec;

import io.kvmesh.api.CodecException;
import java.lang.invoke.MethodType;
import java.math.BigDecimal;

/** Finds the key codec of a type. Stateless. */
final class KeyCodecs {
    /** Records within records, counted from the key itself. */
    static final int RECORD_DEPTH_MAX = 16;

    private static final String SUPPORTED =
            "keys may be String, byte[], Boolean, Byte, Short, Character, Integer, Long,"
                    + " Float, Double, BigInteger, UUID, Instant, Duration, LocalDate, LocalTime, LocalDateTime,"
                    + " and records of these";

    private KeyCodecs() {}

    /** @throws CodecException if the type has no ordered form */
    static <K> KeyCodec<K> of(Class<K> type) {
        Class<?> boxed = boxed(type);
        OrderedForm<Object> form = boxed.isRecord() ? OrderedRecord.of(boxed) : builtIn(boxed, "key type");
        return new OrderedKeyCodec<>(boxed, form);
    }

    @SuppressWarnings("unchecked") // The table pairs each class with its own form.
    static OrderedForm<Object> builtIn(Class<?> type, String what) {
        OrderedForm<?> form = OrderedForms.of(type);
        if (form == null) {
            throw new CodecException(what + " " + type.getName() + " has no ordered encoding: " + advice(type));
        }
        return (OrderedForm<Object>) form;
    }

    static Class<?> boxed(Class<?> type) {
        return MethodType.methodType(type).wrap().returnType();
    }

    private static String advice(Class<?> type) {
        if (type.isEnum()) {
            return "the order of an enum changes when a constant is inserted; use its name() as a String";
        }
        if (type == BigDecimal.class) {
            return "2.0 and 2.00 are different but compare as equal; use a BigInteger of the smallest unit";
        }
        return SUPPORTED;
    }
}
