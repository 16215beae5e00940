package io.kvmesh.codec;

import io.kvmesh.api.CodecException;

/** The value codec of registered types and of collections. Immutable, safe for any number of threads. */
final class ObjectValueCodec<V> implements ValueCodec<V> {
    /** The codec number in front of such values. */
    static final int CODE = 64;

    static final int VERSION = 1;

    private final Class<V> type;
    private final EnginePool engines;

    ObjectValueCodec(Class<V> type, EnginePool engines) {
        this.type = type;
        this.engines = engines;
    }

    @Override
    public String name() {
        return "object." + VERSION + "(" + type.getName() + ")";
    }

    @Override
    public byte[] encode(V value) {
        if (!type.isInstance(value)) {
            throw new CodecException("the value is a " + value.getClass().getName() + ", not a " + type.getName());
        }
        try {
            return engines.encode(value);
        } catch (RuntimeException | StackOverflowError e) {
            throw new CodecException("cannot encode a value: " + reason(e), e);
        }
    }

    @Override
    public V decode(byte[] bytes, int offset, int length) {
        try {
            ByteReader in = new ByteReader(bytes, offset, length);
            ValueHead.check(in, CODE, VERSION, name());
            Object value = engines.decode(bytes, in.position(), in.remaining());
            if (!type.isInstance(value)) {
                throw new CodecException("the value was written as a "
                        + (value == null ? "null" : value.getClass().getName()) + ", but this map reads " + name());
            }
            return type.cast(value);
        } catch (CodecException e) {
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            throw new CodecException("cannot decode a value of " + name() + ": " + reason(e), e);
        }
    }

    private String reason(Throwable e) {
        return TypeNames.inSource(type) + CodecFault.describe(e);
    }
}
