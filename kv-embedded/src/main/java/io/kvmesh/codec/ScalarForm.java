package io.kvmesh.codec;

import java.time.ZoneId;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * How a value of one type of the Java library lies in bytes. Immutable. The form does not tell its own end: whoever
 * embeds it writes its size.
 *
 * @param code the number that stands in front of such a value; never given to another type
 * @param name the type's name in the map's descriptor, without the version
 * @param writer appends the value
 * @param reader reads a value from bytes that hold it and nothing else
 */
record ScalarForm<T>(
        Class<T> type, int code, String name, BiConsumer<ByteWriter, T> writer, Function<ByteReader, T> reader) {
    /** The version of all scalar forms. */
    static final int VERSION = 1;

    /** Whether objects of this class are written in this form. The classes of regions and offsets are both zones. */
    boolean accepts(Class<?> actual) {
        return actual == type || (type == ZoneId.class && ZoneId.class.isAssignableFrom(actual));
    }

    /** @throws RuntimeException if the bytes are not one value of this type */
    T readAll(ByteReader in) {
        T value = reader.apply(in);
        if (in.remaining() != 0) {
            throw new MalformedBytesException(in.remaining() + " bytes are left over");
        }
        return value;
    }
}
