package io.kvmesh.architecture;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which package may use which, below one root. Immutable. */
final class PackageTable {
    private final String root;
    private final Map<String, Set<String>> rows = new TreeMap<>();

    /** @param rows the packages that each package may use, both without the root; the root itself is empty */
    PackageTable(String root, Map<String, List<String>> rows) {
        this.root = root;
        rows.forEach((name, used) -> this.rows.put(name, new TreeSet<>(used)));
    }

    /** Uses of a package by one that may not use it, sorted. */
    List<String> forbiddenUses(JavaClasses classes) {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : classes) {
            String from = nameOf(type);
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (!isBelowRoot(target)) {
                    continue;
                }
                String to = nameOf(target);
                if (!from.equals(to) && !rows.getOrDefault(from, Set.of()).contains(to)) {
                    found.add("'" + from + "' may not use '" + to + "': " + dependency.getDescription());
                }
            }
        }
        return List.copyOf(found);
    }

    /** Packages that have classes and no row. */
    List<String> withoutRow(JavaClasses classes) {
        Set<String> found = new TreeSet<>();
        classes.forEach(type -> found.add(nameOf(type)));
        found.removeAll(rows.keySet());
        return List.copyOf(found);
    }

    /** Rows of packages that have no class, and names in a row that are no row themselves. */
    List<String> withoutPackage(JavaClasses classes) {
        Set<String> found = new TreeSet<>(rows.keySet());
        rows.values().forEach(found::addAll);
        classes.forEach(type -> found.remove(nameOf(type)));
        return List.copyOf(found);
    }

    /** Packages that may use themselves by way of others. */
    List<String> onCycles() {
        return rows.keySet().stream()
                .filter(name -> reachableFrom(rows.getOrDefault(name, Set.of())).contains(name))
                .toList();
    }

    private Set<String> reachableFrom(Collection<String> start) {
        Set<String> reached = new TreeSet<>();
        Deque<String> open = new ArrayDeque<>(start);
        while (!open.isEmpty()) {
            String next = open.removeFirst();
            if (reached.add(next)) {
                open.addAll(rows.getOrDefault(next, Set.of()));
            }
        }
        return reached;
    }

    private boolean isBelowRoot(JavaClass type) {
        return type.getPackageName().equals(root) || type.getPackageName().startsWith(root + ".");
    }

    private String nameOf(JavaClass type) {
        String name = type.getPackageName();
        return name.equals(root) ? "" : name.substring(root.length() + 1);
    }
}
