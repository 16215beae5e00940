package io.kvmesh.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.lang.annotation.Annotation;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Finds packages whose package-info lacks an annotation. Stateless. */
final class NullMarking {
    private NullMarking() {}

    static List<String> missing(JavaClasses classes, Class<? extends Annotation> annotation) {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : classes) {
            if (!type.getPackage().isAnnotatedWith(annotation)) {
                found.add(type.getPackageName());
            }
        }
        return List.copyOf(found);
    }
}
