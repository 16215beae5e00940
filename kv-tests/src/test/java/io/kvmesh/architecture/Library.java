package io.kvmesh.architecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The classes of kv-embedded and the sources of all modules. Stateless. */
final class Library {
    static final String ROOT = "io.kvmesh";

    private Library() {}

    /** The library's own classes, whether they come from a directory or a jar; not the test kit's. */
    static JavaClasses classes() {
        return new ClassFileImporter()
                .withImportOption(location -> location.contains("kv-embedded") && !location.contains("test-classes"))
                .importPackages(ROOT);
    }

    /** The classes without those of some packages and all below them. */
    static JavaClasses without(JavaClasses classes, List<String> packages) {
        return classes.that(DescribedPredicate.describe(
                "outside of " + packages, type -> packages.stream().noneMatch(name -> isIn(type, name))));
    }

    /** The source directories of the modules' main code. */
    static List<Path> mainSources() {
        Path base = Path.of("").toAbsolutePath();
        Path root = Files.isDirectory(base.resolve("kv-embedded")) ? base : base.resolveSibling("");
        return Stream.of(
                        "kv-embedded",
                        "kv-tests",
                        "kv-tests/peers/rocksdb",
                        "kv-tests/peers/h2-mvstore",
                        "kv-tests/peers/lmdb",
                        "kv-examples")
                .map(module -> root.resolve(module).resolve("src/main/java"))
                .filter(Files::isDirectory)
                .toList();
    }

    private static boolean isIn(JavaClass type, String packageName) {
        String name = type.getPackageName();
        return name.equals(packageName) || name.startsWith(packageName + ".");
    }
}
