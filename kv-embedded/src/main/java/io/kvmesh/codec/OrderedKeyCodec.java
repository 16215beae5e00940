package io.kvmesh.codec;

import io.kvmesh.api.CodecException;

/** The key codec of one ordered form. Immutable. */
final class OrderedKeyCodec<K> implements KeyCodec<K> {
    private static final int CAPACITY_BYTES = 32;

    private final Class<?> type;
    private final OrderedForm<Object> form;

    OrderedKeyCodec(Class<?> type, OrderedForm<Object> form) {
        this.type = type;
        this.form = form;
    }

    @Override
    public String name() {
        return form.name();
    }

    @Override
    public byte[] encode(K key) {
        if (!type.isInstance(key)) {
            throw new CodecException("key " + key + " is a " + key.getClass().getName() + ", not a " + type.getName());
        }
        ByteWriter out = new ByteWriter(CAPACITY_BYTES);
        try {
            form.write(out, key);
        } catch (RuntimeException e) {
            throw new CodecException("cannot encode a key of type " + type.getName() + ": " + e.getMessage(), e);
        }
        return out.toBytes();
    }

    @Override
    @SuppressWarnings("unchecked") // The form was chosen by the class of K.
    public K decode(byte[] bytes, int offset, int length) {
        try {
            ByteReader in = new ByteReader(bytes, offset, length);
            Object key = form.read(in);
            if (in.remaining() != 0) {
                throw new MalformedBytesException(in.remaining() + " bytes are left over");
            }
            return (K) key;
        } catch (RuntimeException e) {
            throw new CodecException("cannot decode a key of type " + type.getName() + ": " + e.getMessage(), e);
        }
    }
}
