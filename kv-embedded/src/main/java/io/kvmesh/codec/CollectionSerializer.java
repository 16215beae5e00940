package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Lists, sets and queues: the order of sorted ones, a count, the elements. Not safe for several threads. */
final class CollectionSerializer extends Serializer<Collection<?>> {
    /** Makes the collection of what was read. */
    interface Factory {
        Collection<?> from(List<Object> elements, @Nullable Comparator<Object> order);
    }

    /** Makes a collection that is not sorted. */
    interface Simple {
        Collection<?> from(List<Object> elements);
    }

    private final Graph graph;
    private final Factory factory;

    CollectionSerializer(Graph graph, Factory factory) {
        this.graph = graph;
        this.factory = factory;
    }

    @Override
    public void write(Kryo kryo, Output out, Collection<?> collection) {
        if (collection instanceof SortedSet<?> sorted) {
            Elements.writeOrder(out, sorted.comparator());
        }
        Object[] elements = collection.toArray();
        out.writeVarInt(elements.length, true);
        int start = out.position();
        int[] ends = new int[elements.length];
        for (int i = 0; i < elements.length; i++) {
            try {
                graph.write(kryo, out, elements[i]);
            } catch (RuntimeException e) {
                throw CodecFault.within("[" + i + "]", e);
            }
            ends[i] = out.position();
        }
        if (isUnordered(collection.getClass())) {
            Elements.sort(out.getBuffer(), start, ends);
        }
    }

    @Override
    public Collection<?> read(Kryo kryo, Input in, Class<? extends Collection<?>> type) {
        Comparator<Object> order = type.equals(TreeSet.class) ? Elements.readOrder(in) : null;
        int count = Sizes.read(in);
        List<Object> elements = new ArrayList<>(Math.min(count, Elements.PRESIZED_MAX));
        for (int i = 0; i < count; i++) {
            try {
                elements.add(graph.read(kryo, in));
            } catch (RuntimeException e) {
                throw CodecFault.within("[" + i + "]", e);
            }
        }
        return factory.from(elements, order);
    }

    private static boolean isUnordered(Class<?> type) {
        return type == HashSet.class || type.getName().startsWith("java.util.ImmutableCollections$Set");
    }
}
