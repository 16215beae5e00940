package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;

/** Arrays of objects: the class of the elements, a count, the elements. Not safe for several threads. */
final class ArraySerializer extends Serializer<Object[]> {
    private final TypeResolver resolver;
    private final Graph graph;

    ArraySerializer(TypeResolver resolver, Graph graph) {
        this.resolver = resolver;
        this.graph = graph;
    }

    @Override
    public void write(Kryo kryo, Output out, Object[] array) {
        resolver.writeElementClass(out, array.getClass().getComponentType());
        out.writeVarInt(array.length, true);
        for (int i = 0; i < array.length; i++) {
            try {
                graph.write(kryo, out, array[i]);
            } catch (RuntimeException e) {
                throw CodecFault.within("[" + i + "]", e);
            }
        }
    }

    @Override
    public Object[] read(Kryo kryo, Input in, Class<? extends Object[]> ignored) {
        Class<?> elementClass = resolver.readElementClass(in, 0);
        int count = Sizes.read(in);
        List<Object> elements = new ArrayList<>(Math.min(count, Elements.PRESIZED_MAX));
        for (int i = 0; i < count; i++) {
            try {
                elements.add(graph.read(kryo, in));
            } catch (RuntimeException e) {
                throw CodecFault.within("[" + i + "]", e);
            }
        }
        // An element of another class than announced is refused here.
        return elements.toArray((Object[]) Array.newInstance(elementClass, 0));
    }
}
