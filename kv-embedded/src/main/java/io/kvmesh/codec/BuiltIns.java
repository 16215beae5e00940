package io.kvmesh.codec;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Which types of the Java library may stand inside a value without being registered. Stateless. */
final class BuiltIns {
    private static final Set<Class<?>> CONTAINERS = Set.of(
            ArrayList.class,
            LinkedList.class,
            ArrayDeque.class,
            HashSet.class,
            LinkedHashSet.class,
            TreeSet.class,
            EnumSet.class,
            HashMap.class,
            LinkedHashMap.class,
            TreeMap.class,
            ConcurrentHashMap.class,
            Optional.class);
    private static final Set<Class<?>> CONTAINER_INTERFACES = Set.of(
            Iterable.class,
            Collection.class,
            List.class,
            Queue.class,
            Deque.class,
            Set.class,
            SortedSet.class,
            NavigableSet.class,
            Map.class,
            ConcurrentMap.class,
            SortedMap.class,
            NavigableMap.class);
    /** Types of fields that say nothing about what they will hold. */
    private static final Set<Class<?>> OPEN = Set.of(
            Object.class, Number.class, CharSequence.class, Comparable.class, java.io.Serializable.class, Enum.class);

    private BuiltIns() {}

    /** Whether objects of this class, or of all classes that implement it, are written without registration. */
    static boolean supports(Class<?> type) {
        return isScalar(type) || isContainer(type);
    }

    static boolean isScalar(Class<?> type) {
        return type.isPrimitive() || ScalarForms.has(type);
    }

    static boolean isContainer(Class<?> type) {
        return CONTAINERS.contains(type) || CONTAINER_INTERFACES.contains(type);
    }

    static boolean isOpen(Class<?> type) {
        return OPEN.contains(type);
    }
}
