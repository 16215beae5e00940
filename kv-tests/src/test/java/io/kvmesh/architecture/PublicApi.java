package io.kvmesh.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What users can see of the public packages. Immutable. */
final class PublicApi {
    private final Set<String> packages;
    private final Set<String> exceptions;

    /**
     * @param packages the packages that users may name
     * @param exceptions full names of members that may show internal types
     */
    PublicApi(Set<String> packages, Set<String> exceptions) {
        this.packages = packages;
        this.exceptions = exceptions;
    }

    /** Public and protected signatures in these packages that name a type outside of them and the Java library. */
    List<String> leaks(JavaClasses classes) {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : classes) {
            if (packages.contains(type.getPackageName()) && isVisible(type)) {
                type.getRawSuperclass().ifPresent(parent -> check(found, type.getName() + " extends", parent));
                type.getInterfaces().forEach(parent -> check(found, type.getName() + " implements", parent));
                type.getFields().stream().filter(PublicApi::isVisible).forEach(field -> checkField(found, field));
                type.getCodeUnits().stream().filter(PublicApi::isVisible).forEach(unit -> checkCodeUnit(found, unit));
            }
        }
        return List.copyOf(found);
    }

    private void checkField(Set<String> found, JavaField field) {
        check(found, field.getFullName() + " is", field.getType());
    }

    private void checkCodeUnit(Set<String> found, JavaCodeUnit unit) {
        String name = unit.getFullName();
        if (exceptions.contains(name)) {
            return;
        }
        check(found, name + " returns", unit.getReturnType());
        unit.getParameterTypes().forEach(parameter -> check(found, name + " takes", parameter));
        unit.getExceptionTypes().forEach(thrown -> check(found, name + " throws", thrown));
    }

    private void check(Set<String> found, String what, JavaType type) {
        String foreign = type.getAllInvolvedRawTypes().stream()
                .map(JavaClass::getBaseComponentType)
                .filter(raw -> !raw.isPrimitive() && !isKnown(raw))
                .map(JavaClass::getName)
                .sorted()
                .collect(Collectors.joining(", "));
        if (!foreign.isEmpty()) {
            found.add(what + " " + foreign);
        }
    }

    private boolean isKnown(JavaClass type) {
        String name = type.getPackageName();
        return packages.contains(name) || name.startsWith("java.") || name.startsWith("javax.net.");
    }

    private static boolean isVisible(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(PublicApi::isVisible).orElse(true);
    }

    private static boolean isVisible(JavaMember member) {
        boolean visible = member.getModifiers().contains(JavaModifier.PUBLIC)
                || member.getModifiers().contains(JavaModifier.PROTECTED);
        return visible && !member.getModifiers().contains(JavaModifier.SYNTHETIC);
    }
}
