package io.kvmesh.codec;

import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** How messages call types, and the advice they give. Stateless. */
final class TypeNames {
    private TypeNames() {}

    /** The name as it stands in a source file that imports the outermost class: {@code City}, {@code Places.City}. */
    static String inSource(Class<?> type) {
        String canonical = type.getCanonicalName();
        if (canonical == null) {
            return type.getName();
        }
        String packageName = type.getPackageName();
        return canonical.startsWith(packageName + ".") ? canonical.substring(packageName.length() + 1) : canonical;
    }

    /** The call that registers these types. */
    static String registerCall(Collection<Class<?>> types) {
        return types.stream()
                .map(type -> inSource(type) + ".class")
                .collect(Collectors.joining(", ", "KvStore.builder().register(", ")"));
    }

    /** What to do about types without a codec. */
    static String advice(Collection<Class<?>> types) {
        List<Class<?>> own = types.stream()
                .filter(type -> type.isEnum() || !ObjectTypes.isOfJavaLibrary(type))
                .toList();
        if (own.isEmpty()) {
            return "this class of the Java library is not supported; copy what it holds into a record of yours, or into"
                    + " one of the usual collections";
        }
        return "add " + registerCall(own);
    }

    static String closed(Class<?> type) {
        return "cannot reach the fields and constructors of " + type.getName()
                + ": if it is in a named module, open its" + " package in module-info.java with: opens "
                + type.getPackageName() + " to io.kvmesh;";
    }
}
