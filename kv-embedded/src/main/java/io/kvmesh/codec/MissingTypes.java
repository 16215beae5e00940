package io.kvmesh.codec;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finds the types that values of a type will hold, by the declarations of their fields, and that nobody registered.
 * Confined to one call. What no declaration tells, such as the content of a field of type Object, is found when such a
 * value is written.
 */
final class MissingTypes {
    private final ObjectTypes registered;
    private final Set<Class<?>> visited = new HashSet<>();
    private final Map<String, Class<?>> missing = new TreeMap<>();

    private MissingTypes(ObjectTypes registered) {
        this.registered = registered;
    }

    /** The missing types by the path to the field that needs each. */
    static Map<String, Class<?>> under(Class<?> root, ObjectTypes registered) {
        MissingTypes search = new MissingTypes(registered);
        search.visitClass(root, TypeNames.inSource(root));
        return search.missing;
    }

    private void visit(Type type, String path) {
        if (type instanceof Class<?> raw) {
            visitClass(raw, path);
        } else if (type instanceof ParameterizedType parameterized) {
            visit(parameterized.getRawType(), path);
            for (Type argument : parameterized.getActualTypeArguments()) {
                visit(argument, path);
            }
        } else if (type instanceof GenericArrayType array) {
            visit(array.getGenericComponentType(), path);
        } else if (type instanceof WildcardType wildcard) {
            for (Type bound : wildcard.getUpperBounds()) {
                visit(bound, path);
            }
        }
    }

    private void visitClass(Class<?> type, String path) {
        if (type.isArray()) {
            visitClass(type.getComponentType(), path);
            return;
        }
        if (BuiltIns.supports(type) || BuiltIns.isOpen(type) || !visited.add(type)) {
            return;
        }
        ObjectType known = registered.of(type);
        if (known != null) {
            for (ObjectField field : known.fields()) {
                visit(field.generic(), path + "." + field.name());
            }
        } else if (!registered.hasSubtypeOf(type)) {
            missing.put(path, type);
        }
        for (ObjectType candidate : registered.all()) {
            if (candidate.type() != type && type.isAssignableFrom(candidate.type())) {
                visitClass(candidate.type(), TypeNames.inSource(candidate.type()));
            }
        }
    }
}
