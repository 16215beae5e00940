package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.util.EnumSet;

/** A set of enum constants: the enum, a count, the names. Not safe for several threads. */
@SuppressWarnings({"rawtypes", "unchecked"}) // Which enum it is becomes known only from the bytes.
final class EnumSetSerializer extends Serializer<EnumSet> {
    private final TypeResolver resolver;

    EnumSetSerializer(TypeResolver resolver) {
        this.resolver = resolver;
    }

    @Override
    public void write(Kryo kryo, Output out, EnumSet set) {
        // A set does not tell its enum, but it and its complement together have all constants.
        EnumSet<?> nonEmpty = set.isEmpty() ? EnumSet.complementOf(set) : set;
        if (nonEmpty.isEmpty()) {
            throw new CodecFault("a set of an enum without constants cannot be written");
        }
        resolver.writeElementClass(out, nonEmpty.iterator().next().getDeclaringClass());
        out.writeVarInt(set.size(), true);
        for (Object constant : set) {
            Sizes.writeText(out, ((Enum<?>) constant).name());
        }
    }

    @Override
    public EnumSet read(Kryo kryo, Input in, Class<? extends EnumSet> ignored) {
        Class<?> type = resolver.readElementClass(in, 0);
        if (!type.isEnum()) {
            throw new MalformedBytesException("an enum set is one of " + type.getName() + ", which is no enum");
        }
        int count = Sizes.read(in);
        EnumSet set = EnumSet.noneOf((Class<? extends Enum>) type);
        for (int i = 0; i < count; i++) {
            set.add(Enum.valueOf((Class<? extends Enum>) type, Sizes.readText(in)));
        }
        return set;
    }
}
