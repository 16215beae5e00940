package io.kvmesh.architecture;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Finds uses of types and members of the Java library that some rule forbids. Stateless. */
final class ForbiddenUses {
    /** Types that bring time, threads, chance or files with them, which only the seams may do. */
    private static final Set<String> NONDETERMINISTIC_TYPES = Set.of(
            "java.lang.Thread",
            "java.lang.Thread$Builder",
            "java.lang.ProcessBuilder",
            "java.util.Random",
            "java.util.SplittableRandom",
            "java.util.Timer",
            "java.util.concurrent.Executor",
            "java.util.concurrent.Executors",
            "java.util.concurrent.ExecutorService",
            "java.util.concurrent.ScheduledExecutorService",
            "java.util.concurrent.ThreadPoolExecutor",
            "java.util.concurrent.ForkJoinPool",
            "java.util.concurrent.ThreadLocalRandom",
            "java.util.concurrent.locks.LockSupport",
            "java.security.SecureRandom",
            "java.nio.file.Files",
            "java.nio.channels.FileChannel",
            "java.nio.channels.AsynchronousFileChannel",
            "java.io.RandomAccessFile",
            "java.io.File",
            "java.io.FileInputStream",
            "java.io.FileOutputStream",
            "java.io.FileReader",
            "java.io.FileWriter",
            "java.net.Socket",
            "java.net.ServerSocket");

    private static final Set<String> NONDETERMINISTIC_MEMBERS = Set.of(
            "java.lang.System.currentTimeMillis",
            "java.lang.System.nanoTime",
            "java.lang.Math.random",
            "java.lang.StrictMath.random",
            "java.lang.Object.wait",
            "java.util.UUID.randomUUID",
            "java.util.Collections.shuffle",
            "java.util.Collection.parallelStream",
            "java.util.concurrent.CompletableFuture.delayedExecutor",
            "java.util.concurrent.CompletableFuture.orTimeout",
            "java.util.concurrent.CompletableFuture.completeOnTimeout");

    private ForbiddenUses() {}

    static List<String> nondeterminism(JavaClasses classes) {
        return find(
                classes,
                type -> NONDETERMINISTIC_TYPES.contains(type.getName()),
                access ->
                        NONDETERMINISTIC_MEMBERS.contains(memberOf(access)) || readsTheTime(access) || isAsync(access));
    }

    static List<String> javaSerialization(JavaClasses classes) {
        return find(
                classes,
                type -> type.getName().equals("java.io.ObjectInputStream")
                        || type.getName().equals("java.io.ObjectOutputStream"),
                access -> false);
    }

    static List<String> console(JavaClasses classes) {
        Set<String> members =
                Set.of("java.lang.System.out", "java.lang.System.err", "java.lang.Throwable.printStackTrace");
        return find(
                classes,
                type -> false,
                access -> members.contains(memberOf(access))
                        || (access.getTarget().getName().equals("printStackTrace")
                                && access.getTargetOwner().isAssignableTo(Throwable.class)));
    }

    /** Uses of types for which no package of theirs is on the list of the using one. */
    static List<String> thirdParties(JavaClasses classes, ThirdParties allowed) {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : classes) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (!target.isPrimitive() && !allowed.mayUse(type.getPackageName(), target.getPackageName())) {
                    found.add(dependency.getDescription());
                }
            }
        }
        return List.copyOf(found);
    }

    /** Fields that any store in the JVM could change for all others. */
    static List<String> staticMutableFields(JavaClasses classes) {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : classes) {
            type.getFields().stream()
                    .filter(field -> field.getModifiers().contains(com.tngtech.archunit.core.domain.JavaModifier.STATIC)
                            && !field.getModifiers().contains(com.tngtech.archunit.core.domain.JavaModifier.FINAL)
                            && !field.getModifiers().contains(com.tngtech.archunit.core.domain.JavaModifier.SYNTHETIC))
                    .forEach(field -> found.add(field.getFullName()));
        }
        return List.copyOf(found);
    }

    private static List<String> find(
            JavaClasses classes, Predicate<JavaClass> forbiddenType, Predicate<JavaAccess<?>> forbiddenAccess) {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : classes) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                if (forbiddenType.test(dependency.getTargetClass().getBaseComponentType())) {
                    found.add(dependency.getDescription());
                }
            }
            type.getAccessesFromSelf().stream().filter(forbiddenAccess).forEach(a -> found.add(a.getDescription()));
            type.getMethodReferencesFromSelf().stream()
                    .filter(forbiddenAccess)
                    .forEach(a -> found.add(a.getDescription()));
        }
        return List.copyOf(found);
    }

    private static boolean readsTheTime(JavaAccess<?> access) {
        String owner = access.getTargetOwner().getName();
        return owner.startsWith("java.time.")
                && (access.getTarget().getName().equals("now")
                        || (owner.equals("java.time.Clock")
                                && access.getTarget().getName().startsWith("system")));
    }

    private static boolean isAsync(JavaAccess<?> access) {
        return access.getTargetOwner().getName().startsWith("java.util.concurrent.Completa")
                && access.getTarget().getName().endsWith("Async");
    }

    private static String memberOf(JavaAccess<?> access) {
        return access.getTargetOwner().getName() + "." + access.getTarget().getName();
    }
}
