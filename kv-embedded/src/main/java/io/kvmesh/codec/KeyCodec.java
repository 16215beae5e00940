package io.kvmesh.codec;

/**
 * Turns keys into bytes whose order, compared unsigned, is the natural order of the keys. Immutable, safe for any
 * number of threads. Equal keys give equal bytes, and every byte string that decodes is the encoding of the key it
 * decodes to.
 */
public interface KeyCodec<K> {
    /** Name and version of the form of the bytes, for the map's descriptor: {@code string.1}. */
    String name();

    /**
     * The bytes of a key, in a new array.
     *
     * @throws io.kvmesh.api.CodecException if the key has no encoding; the message says why
     */
    byte[] encode(K key);

    /**
     * The key of these bytes, sharing nothing with the array.
     *
     * @throws io.kvmesh.api.CodecException if the bytes are not the encoding of a key
     */
    K decode(byte[] bytes, int offset, int length);

    default K decode(byte[] bytes) {
        return decode(bytes, 0, bytes.length);
    }
}
