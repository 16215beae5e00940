package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.Serializer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** The collections of the Java library and their codes, which are part of the format. Stateless. */
final class Containers {
    static final int ENUM_SET = 40;
    static final int ARRAY = 47;

    private static final int ARRAY_LIST = 32;
    private static final int IMMUTABLE_LIST = 34;
    private static final int IMMUTABLE_SET = 39;
    private static final int IMMUTABLE_MAP = 44;

    /** Classes that nobody can name in source, and like which code they are written. */
    static final Map<String, Integer> CODES_OF_HIDDEN_CLASSES = Map.ofEntries(
            Map.entry("java.util.Arrays$ArrayList", ARRAY_LIST),
            Map.entry("java.util.ArrayList$SubList", ARRAY_LIST),
            Map.entry("java.util.ImmutableCollections$ListN", IMMUTABLE_LIST),
            Map.entry("java.util.ImmutableCollections$List12", IMMUTABLE_LIST),
            Map.entry("java.util.ImmutableCollections$SubList", IMMUTABLE_LIST),
            Map.entry("java.util.Collections$EmptyList", IMMUTABLE_LIST),
            Map.entry("java.util.Collections$SingletonList", IMMUTABLE_LIST),
            Map.entry("java.util.Collections$CopiesList", IMMUTABLE_LIST),
            Map.entry("java.util.Collections$UnmodifiableList", IMMUTABLE_LIST),
            Map.entry("java.util.Collections$UnmodifiableRandomAccessList", IMMUTABLE_LIST),
            Map.entry("java.util.ImmutableCollections$SetN", IMMUTABLE_SET),
            Map.entry("java.util.ImmutableCollections$Set12", IMMUTABLE_SET),
            Map.entry("java.util.Collections$EmptySet", IMMUTABLE_SET),
            Map.entry("java.util.Collections$SingletonSet", IMMUTABLE_SET),
            Map.entry("java.util.Collections$UnmodifiableSet", IMMUTABLE_SET),
            Map.entry("java.util.ImmutableCollections$MapN", IMMUTABLE_MAP),
            Map.entry("java.util.ImmutableCollections$Map1", IMMUTABLE_MAP),
            Map.entry("java.util.Collections$EmptyMap", IMMUTABLE_MAP),
            Map.entry("java.util.Collections$SingletonMap", IMMUTABLE_MAP),
            Map.entry("java.util.Collections$UnmodifiableMap", IMMUTABLE_MAP));

    /** One collection class, its code and its serializer. */
    record Container(Class<?> type, int code, Serializer<?> serializer) {}

    private Containers() {}

    @SuppressWarnings("JdkObsolete") // Users have linked lists.
    static List<Container> all(Graph graph) {
        List<Container> all = new ArrayList<>();
        all.add(list(graph, ArrayList.class, ARRAY_LIST, elements -> elements));
        all.add(list(graph, LinkedList.class, 33, LinkedList::new));
        all.add(list(graph, List.class, IMMUTABLE_LIST, Collections::unmodifiableList));
        all.add(list(graph, ArrayDeque.class, 35, ArrayDeque::new));
        all.add(list(graph, HashSet.class, 36, HashSet::new));
        all.add(list(graph, LinkedHashSet.class, 37, LinkedHashSet::new));
        all.add(new Container(TreeSet.class, 38, new CollectionSerializer(graph, (elements, order) -> {
            TreeSet<Object> set = new TreeSet<>(order);
            set.addAll(elements);
            return set;
        })));
        all.add(list(
                graph,
                java.util.Set.class,
                IMMUTABLE_SET,
                elements -> Collections.unmodifiableSet(new LinkedHashSet<>(elements))));
        all.add(map(graph, HashMap.class, 41, order -> new HashMap<>()));
        all.add(map(graph, LinkedHashMap.class, 42, order -> new LinkedHashMap<>()));
        all.add(map(graph, TreeMap.class, 43, TreeMap::new));
        all.add(new Container(
                Map.class,
                IMMUTABLE_MAP,
                new MapSerializer(graph, order -> new LinkedHashMap<>(), Collections::unmodifiableMap)));
        all.add(map(graph, ConcurrentHashMap.class, 45, order -> new ConcurrentHashMap<>()));
        all.add(new Container(Optional.class, 46, new OptionalSerializer(graph)));
        return all;
    }

    private static Container list(Graph graph, Class<?> type, int code, CollectionSerializer.Simple build) {
        return new Container(type, code, new CollectionSerializer(graph, (elements, order) -> build.from(elements)));
    }

    private static Container map(Graph graph, Class<?> type, int code, MapSerializer.Factory factory) {
        return new Container(type, code, new MapSerializer(graph, factory, map -> map));
    }
}
