package io.kvmesh.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The shape of the library: which package may use which, and what nobody may use. {@link RulesBiteTest} shows that each
 * rule finds what it forbids.
 */
class ArchitectureTest {
    /** Each package, and those that it may use. A new package gets a row in the commit that brings it. */
    private static final PackageTable PACKAGES = new PackageTable(
            Library.ROOT,
            Map.ofEntries(
                    row("", "node", "api"),
                    row("api"),
                    row("runtime", "api"),
                    row("model", "runtime", "api"),
                    row("codec", "model", "runtime", "api"),
                    row("ring", "model", "runtime", "api"),
                    row("storage.record", "codec", "model", "runtime", "api"),
                    row("storage.memtable", "storage.record", "codec", "model", "runtime", "api"),
                    row("storage.check", "storage.sstable", "model", "runtime", "api"),
                    row("storage.log", "storage.check", "storage.record", "codec", "model", "runtime", "api"),
                    row("storage.sstable", "storage.record", "codec", "model", "runtime", "api"),
                    row("storage.compaction", "runtime"),
                    row("storage.backup", "storage.check", "storage.sstable", "codec", "model", "runtime", "api"),
                    row(
                            "storage",
                            "storage.backup",
                            "storage.check",
                            "storage.compaction",
                            "storage.log",
                            "storage.memtable",
                            "storage.sstable",
                            "storage.record",
                            "codec",
                            "model",
                            "runtime",
                            "api"),
                    row("metadata", "ring", "codec", "model", "runtime", "api"),
                    row("metadata.sqlite", "metadata", "ring", "codec", "model", "runtime", "api"),
                    row("transport", "codec", "model", "runtime", "api"),
                    row("transport.jgroups", "transport", "codec", "model", "runtime", "api"),
                    row("membership", "transport", "metadata", "ring", "codec", "model", "runtime", "api"),
                    row("replica", "storage", "transport", "codec", "model", "runtime", "api"),
                    row(
                            "hint",
                            "replica",
                            "storage",
                            "membership",
                            "transport",
                            "metadata",
                            "ring",
                            "codec",
                            "model",
                            "runtime",
                            "api"),
                    row(
                            "coordinator",
                            "hint",
                            "replica",
                            "storage",
                            "membership",
                            "transport",
                            "ring",
                            "codec",
                            "model",
                            "runtime",
                            "api"),
                    row(
                            "repair",
                            "replica",
                            "storage",
                            "storage.record",
                            "membership",
                            "metadata",
                            "transport",
                            "ring",
                            "model",
                            "codec",
                            "runtime",
                            "api"),
                    row("map", "coordinator", "ring", "codec", "model", "runtime", "api"),
                    row(
                            "node",
                            "map",
                            "coordinator",
                            "repair",
                            "hint",
                            "replica",
                            "membership",
                            "transport",
                            "transport.jgroups",
                            "metadata",
                            "metadata.sqlite",
                            "storage",
                            "storage.backup",
                            "ring",
                            "codec",
                            "model",
                            "runtime",
                            "api")));

    private static final ThirdParties THIRD_PARTIES = new ThirdParties(
            List.of("java", "org.slf4j", "org.jspecify", Library.ROOT),
            Map.of(
                    "org.jgroups", List.of("io.kvmesh.transport.jgroups"),
                    "com.esotericsoftware", List.of("io.kvmesh.codec"),
                    "java.sql", List.of("io.kvmesh.metadata.sqlite"),
                    "javax.net.ssl", List.of("io.kvmesh.api", "io.kvmesh.transport.jgroups"),
                    "org.sqlite", List.of("io.kvmesh.metadata.sqlite"),
                    "net.jpountz", List.of("io.kvmesh.storage.sstable"),
                    "com.github.luben", List.of("io.kvmesh.storage.sstable"),
                    "com.github.benmanes.caffeine",
                            List.of("io.kvmesh.map", "io.kvmesh.storage", "io.kvmesh.storage.sstable")));

    /** Where the seams have their production versions. */
    private static final List<String> SEAMS =
            List.of("io.kvmesh.runtime", "io.kvmesh.transport.jgroups", "io.kvmesh.metadata.sqlite", "io.kvmesh.http");

    private static final PublicApi PUBLIC_API = new PublicApi(
            Set.of("io.kvmesh", "io.kvmesh.api"),
            Set.of(
                    "io.kvmesh.KvStore.open(io.kvmesh.api.KvConfig, io.kvmesh.node.Environment)",
                    "io.kvmesh.KvStore.restore(java.nio.file.Path, java.lang.String, java.nio.file.Path,"
                            + " io.kvmesh.node.Environment)"));

    private static JavaClasses library;

    @BeforeAll
    static void importClasses() {
        library = Library.classes();
    }

    @Test
    void packagesUseOnlyWhatTheirRowAllows() {
        assertThat(PACKAGES.forbiddenUses(library)).isEmpty();
    }

    @Test
    void everyPackageHasARowAndEveryRowAPackage() {
        assertThat(PACKAGES.withoutRow(library)).isEmpty();
        assertThat(PACKAGES.withoutPackage(library)).isEmpty();
    }

    @Test
    void theTableHasNoCycle() {
        assertThat(PACKAGES.onCycles()).isEmpty();
    }

    @Test
    void onlyTheSeamsTouchTimeThreadsChanceAndFiles() {
        JavaClasses deterministic = Library.without(library, SEAMS);
        assertThat(deterministic).isNotEmpty();
        assertThat(ForbiddenUses.nondeterminism(deterministic)).isEmpty();
    }

    @Test
    void nobodyUsesJavaSerialization() {
        assertThat(ForbiddenUses.javaSerialization(library)).isEmpty();
    }

    @Test
    void thirdPartiesStayInTheirPlaces() {
        assertThat(ForbiddenUses.thirdParties(library, THIRD_PARTIES)).isEmpty();
    }

    @Test
    void publicSignaturesShowNoInternalType() {
        assertThat(PUBLIC_API.leaks(library)).isEmpty();
    }

    @Test
    void theLibraryPrintsNothing() {
        assertThat(ForbiddenUses.console(library)).isEmpty();
    }

    @Test
    void noStateIsSharedByTheStoresOfAJvm() {
        assertThat(ForbiddenUses.staticMutableFields(library)).isEmpty();
    }

    @Test
    void everyPackageSaysThatNothingIsNull() {
        assertThat(NullMarking.missing(library, NullMarked.class)).isEmpty();
    }

    @Test
    void theClassesOfAllPackagesWereImported() {
        Set<String> names = new TreeSet<>();
        library.forEach((JavaClass type) -> names.add(type.getPackageName()));
        assertThat(names).contains("io.kvmesh.api", "io.kvmesh.codec", "io.kvmesh.storage");
    }

    private static Map.Entry<String, List<String>> row(String name, String... used) {
        return Map.entry(name, List.of(used));
    }
}
