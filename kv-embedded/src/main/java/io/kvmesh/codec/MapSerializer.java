package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Maps: the order of sorted ones, a count, then key and value of each entry. Not safe for several threads. */
final class MapSerializer extends Serializer<Map<?, ?>> {
    /** Makes the empty map that entries are put into. */
    interface Factory {
        Map<Object, Object> create(@Nullable Comparator<Object> order);
    }

    private final Graph graph;
    private final Factory factory;
    private final UnaryOperator<Map<Object, Object>> finisher;

    MapSerializer(Graph graph, Factory factory, UnaryOperator<Map<Object, Object>> finisher) {
        this.graph = graph;
        this.factory = factory;
        this.finisher = finisher;
    }

    @Override
    public void write(Kryo kryo, Output out, Map<?, ?> map) {
        if (map instanceof SortedMap<?, ?> sorted) {
            Elements.writeOrder(out, sorted.comparator());
        }
        Map.Entry<?, ?>[] entries = map.entrySet().toArray(new Map.Entry<?, ?>[0]);
        out.writeVarInt(entries.length, true);
        int start = out.position();
        int[] ends = new int[entries.length];
        for (int i = 0; i < entries.length; i++) {
            try {
                graph.write(kryo, out, entries[i].getKey());
                graph.write(kryo, out, entries[i].getValue());
            } catch (RuntimeException e) {
                throw CodecFault.within("[" + i + "]", e);
            }
            ends[i] = out.position();
        }
        if (isUnordered(map.getClass())) {
            Elements.sort(out.getBuffer(), start, ends);
        }
    }

    @Override
    @SuppressWarnings("NullAway") // Whether a null is allowed is for the map to say.
    public Map<?, ?> read(Kryo kryo, Input in, Class<? extends Map<?, ?>> type) {
        Comparator<Object> order = type.equals(TreeMap.class) ? Elements.readOrder(in) : null;
        int count = Sizes.read(in);
        Map<Object, Object> map = factory.create(order);
        for (int i = 0; i < count; i++) {
            try {
                Object key = graph.read(kryo, in);
                map.put(key, graph.read(kryo, in));
            } catch (RuntimeException e) {
                throw CodecFault.within("[" + i + "]", e);
            }
        }
        return finisher.apply(map);
    }

    private static boolean isUnordered(Class<?> type) {
        return type == HashMap.class
                || type == ConcurrentHashMap.class
                || type.getName().startsWith("java.util.ImmutableCollections$Map");
    }
}
