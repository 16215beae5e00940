package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;

/** Enum constants by name, so that others may be added, removed and reordered. Immutable. */
final class EnumSerializer extends Serializer<Object> {
    private final ObjectType type;

    EnumSerializer(ObjectType type) {
        this.type = type;
    }

    @Override
    public void write(Kryo kryo, Output out, Object value) {
        Sizes.writeText(out, ((Enum<?>) value).name());
    }

    @Override
    public Object read(Kryo kryo, Input in, Class<?> ignored) {
        String name = Sizes.readText(in);
        Object constant = type.constant(name);
        if (constant == null) {
            throw new CodecFault("enum " + type.type().getName() + " has no constant " + name + " any more");
        }
        return constant;
    }
}
