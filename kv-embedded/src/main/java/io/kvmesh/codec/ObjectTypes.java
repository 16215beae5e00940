package io.kvmesh.codec;

import io.kvmesh.api.CodecException;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The types that the application registered. Immutable. The order of registration has no influence. */
final class ObjectTypes {
    private final Map<Class<?>, ObjectType> byClass = new HashMap<>();
    private final Map<Integer, ObjectType> byId = new TreeMap<>();
    /** Sealed types stand for all that they permit. */
    private final Set<Class<?>> sealed = new LinkedHashSet<>();

    /** @throws CodecException naming a type that cannot be registered, and why */
    ObjectTypes(List<Class<?>> registered) {
        registered.forEach(this::add);
    }

    @Nullable
    ObjectType of(Class<?> type) {
        return byClass.get(type);
    }

    @Nullable
    ObjectType ofId(int id) {
        return byId.get(id);
    }

    Collection<ObjectType> all() {
        return byId.values();
    }

    /** Whether a field declared with this type can hold one of the registered types. */
    boolean hasSubtypeOf(Class<?> declared) {
        return sealed.contains(declared) || byClass.keySet().stream().anyMatch(declared::isAssignableFrom);
    }

    private void add(Class<?> type) {
        if (byClass.containsKey(type) || sealed.contains(type) || BuiltIns.supports(type)) {
            return;
        }
        // An enum is sealed over its constants with a body, which are not types of their own.
        if (type.isSealed() && !type.isEnum()) {
            sealed.add(type);
            for (Class<?> permitted : type.getPermittedSubclasses()) {
                add(permitted);
            }
            if (Modifier.isAbstract(type.getModifiers())) {
                return;
            }
        }
        refuseUnfit(type);
        ObjectType added = new ObjectType(type);
        ObjectType other = byId.putIfAbsent(added.id(), added);
        if (other != null) {
            throw collision(type, other.type());
        }
        byClass.put(type, added);
    }

    private static void refuseUnfit(Class<?> type) {
        String why = null;
        if (type.isPrimitive() || type.isArray() || type == Object.class) {
            why = "only records, classes and enums can be registered";
        } else if (type.isInterface() || (Modifier.isAbstract(type.getModifiers()) && !type.isEnum())) {
            why = "it has no objects of its own; register the classes that implement it";
        } else if (type.isAnonymousClass() || type.isHidden() || type.isSynthetic()) {
            why = "the name of an anonymous class or lambda changes with every build; give it a name";
        } else if (Collection.class.isAssignableFrom(type) || Map.class.isAssignableFrom(type)) {
            why = "it is a collection; use those of java.util, or a class that has one in a field";
        } else if (type.isMemberClass() && !Modifier.isStatic(type.getModifiers())) {
            why = "every object of an inner class holds its outer object; make the class static";
        } else if (isOfJavaLibrary(type) && !type.isEnum()) {
            why = "it is a class of the Java library without a codec; copy what it holds into a record of yours";
        }
        if (why != null) {
            throw new CodecException("cannot register " + type.getName() + ": " + why);
        }
    }

    static boolean isOfJavaLibrary(Class<?> type) {
        return type.getName().startsWith("java.") || type.getName().startsWith("javax.");
    }

    private static CodecException collision(Class<?> type, Class<?> other) {
        if (type.getName().equals(other.getName())) {
            return new CodecException("cannot register " + type.getName()
                    + " twice, from two class loaders: values would be read as one or the other by chance");
        }
        return new CodecException("cannot register both " + type.getName() + " and " + other.getName()
                + ": the hashes of their names collide; rename one of them");
    }
}
