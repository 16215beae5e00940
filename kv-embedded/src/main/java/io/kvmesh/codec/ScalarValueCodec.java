package io.kvmesh.codec;

import io.kvmesh.api.CodecException;

/** The value codec of one scalar type. Immutable. */
final class ScalarValueCodec<V> implements ValueCodec<V> {
    private static final int CAPACITY_BYTES = 32;

    private final ScalarForm<V> form;

    ScalarValueCodec(ScalarForm<V> form) {
        this.form = form;
    }

    @Override
    public String name() {
        return form.name() + "." + ScalarForm.VERSION;
    }

    @Override
    public byte[] encode(V value) {
        if (!form.accepts(value.getClass())) {
            // A subclass may carry state that the form does not know.
            throw new CodecException("the value is a " + value.getClass().getName() + ", not a "
                    + form.type().getName());
        }
        ByteWriter out = new ByteWriter(CAPACITY_BYTES);
        out.putByte(form.code()).putByte(ScalarForm.VERSION);
        try {
            form.writer().accept(out, form.type().cast(value));
        } catch (RuntimeException e) {
            throw new CodecException(
                    "cannot encode a value of type " + form.type().getName() + ": " + e.getMessage(), e);
        }
        return out.toBytes();
    }

    @Override
    public V decode(byte[] bytes, int offset, int length) {
        try {
            ByteReader in = new ByteReader(bytes, offset, length);
            ValueHead.check(in, form.code(), ScalarForm.VERSION, name());
            return form.readAll(in);
        } catch (CodecException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new CodecException(
                    "cannot decode a value of type " + form.type().getName() + ": " + e.getMessage(), e);
        }
    }
}
