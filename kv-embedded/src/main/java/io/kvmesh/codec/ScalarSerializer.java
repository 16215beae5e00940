package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;

/** A scalar inside an object graph: its size, then its form. Not safe for several threads. */
final class ScalarSerializer<T> extends Serializer<T> {
    private final ScalarForm<T> form;
    private final ByteWriter scratch;

    /** The scratch writer may be shared with all scalars of one engine, for scalars hold no others. */
    ScalarSerializer(ScalarForm<T> form, ByteWriter scratch) {
        this.form = form;
        this.scratch = scratch;
    }

    @Override
    public void write(Kryo kryo, Output out, T value) {
        scratch.reset();
        form.writer().accept(scratch, value);
        out.writeVarInt(scratch.length(), true);
        out.writeBytes(scratch.array(), 0, scratch.length());
    }

    @Override
    public T read(Kryo kryo, Input in, Class<? extends T> type) {
        int length = Sizes.read(in);
        T value = form.readAll(new ByteReader(in.getBuffer(), in.position(), length));
        in.setPosition(in.position() + length);
        return value;
    }
}
