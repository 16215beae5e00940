package io.kvmesh.codec;

/**
 * Turns values into bytes: a codec number, its version, then the body. Immutable, safe for any number of threads. The
 * bytes never share anything with the value, nor the value with the bytes.
 */
public interface ValueCodec<V> {
    /** Name and version of the form of the bytes, for the map's descriptor: {@code string.1}. */
    String name();

    /**
     * The bytes of a value, in a new array.
     *
     * @throws io.kvmesh.api.CodecException if a type inside the value has no codec; the message says how to register it
     */
    byte[] encode(V value);

    /**
     * The value of these bytes.
     *
     * @throws io.kvmesh.api.CodecException if the bytes were written by another codec or are damaged
     */
    V decode(byte[] bytes, int offset, int length);

    default V decode(byte[] bytes) {
        return decode(bytes, 0, bytes.length);
    }
}
