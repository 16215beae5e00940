package io.kvmesh.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.kvmesh.architecture.fixture.bare.Offender;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every rule of {@link ArchitectureTest} finds what it forbids in the bad examples of package fixture. */
class RulesBiteTest {
    private static final String ROOT = "io.kvmesh.architecture.fixture";

    private static JavaClasses bad;

    private static JavaClasses offender;

    @BeforeAll
    static void importClasses() {
        bad = new ClassFileImporter()
                .withImportOption(location -> location.contains("test-classes"))
                .importPackages(ROOT);
        offender = bad.that(DescribedPredicate.describe("Offender", type -> type.isEquivalentTo(Offender.class)));
    }

    @Test
    void aUseThatNoRowAllowsIsFound() {
        PackageTable table = new PackageTable(ROOT, Map.of("lower", List.of(), "upper", List.of("lower")));
        assertThat(table.forbiddenUses(bad))
                .isNotEmpty()
                .allSatisfy(use -> assertThat(use).startsWith("'lower' may not use 'upper'"));
        PackageTable allowing = new PackageTable(ROOT, Map.of("lower", List.of("upper"), "upper", List.of()));
        assertThat(allowing.forbiddenUses(bad)).isEmpty();
    }

    @Test
    void aPackageWithoutRowAndARowWithoutPackageAreFound() {
        PackageTable table = new PackageTable(ROOT, Map.of("lower", List.of("upper"), "gone", List.of("missing")));
        assertThat(table.withoutRow(bad)).containsExactly("bare", "upper");
        assertThat(table.withoutPackage(bad)).containsExactly("gone", "missing");
    }

    @Test
    void aCycleIsFound() {
        PackageTable table = new PackageTable(
                ROOT, Map.of("a", List.of("b"), "b", List.of("c"), "c", List.of("a", "d"), "d", List.of()));
        assertThat(table.onCycles()).containsExactly("a", "b", "c");
    }

    @Test
    void everyKindOfNondeterminismIsFound() {
        List<String> found = ForbiddenUses.nondeterminism(offender);
        for (String use : List.of(
                "System.nanoTime()",
                "System.currentTimeMillis()",
                "Instant.now()",
                "LocalDate.now()",
                "Math.random()",
                "java.util.Random.",
                "ThreadLocalRandom.current()",
                "UUID.randomUUID()",
                "Executors.newSingleThreadExecutor()",
                "CompletableFuture.runAsync(",
                "CompletableFuture.thenRunAsync(",
                "java.lang.Thread.<init>",
                "Files.delete(",
                "RandomAccessFile.<init>")) {
            assertThat(found).as(use).anyMatch(line -> line.contains(use));
        }
    }

    @Test
    void theSeamsAreLeftOut() {
        assertThat(ForbiddenUses.nondeterminism(Library.without(bad, List.of(ROOT + ".bare"))))
                .isEmpty();
    }

    @Test
    void javaSerializationIsFound() {
        assertThat(ForbiddenUses.javaSerialization(offender)).isNotEmpty();
    }

    @Test
    void printingIsFound() {
        List<String> found = ForbiddenUses.console(offender);
        assertThat(found).anyMatch(line -> line.contains("System.out"));
        assertThat(found).anyMatch(line -> line.contains("printStackTrace"));
    }

    @Test
    void thirdPartiesOutOfPlaceAndUnknownOnesAreFound() {
        ThirdParties allowed = new ThirdParties(
                List.of("java", "com.github"),
                Map.of("java.sql", List.of("elsewhere"), "com.esotericsoftware", List.of(ROOT + ".bare")));
        List<String> found = ForbiddenUses.thirdParties(offender, allowed);
        assertThat(found).anyMatch(line -> line.contains("java.sql.Driver"));
        assertThat(found).anyMatch(line -> line.contains("org.jgroups.JChannel"));
        assertThat(found).noneMatch(line -> line.contains("Kryo") || line.contains("Caffeine"));
    }

    @Test
    void anInternalTypeInAPublicSignatureIsFound() {
        String leak = ROOT + ".lower.LowerThing.things()";
        assertThat(new PublicApi(Set.of(ROOT + ".lower"), Set.of()).leaks(bad))
                .containsExactly(leak + " returns " + ROOT + ".upper.UpperThing");
        assertThat(new PublicApi(Set.of(ROOT + ".lower"), Set.of(leak)).leaks(bad))
                .isEmpty();
    }

    @Test
    void aStaticFieldThatIsNotFinalIsFound() {
        assertThat(ForbiddenUses.staticMutableFields(offender)).containsExactly(Offender.class.getName() + ".shared");
    }

    @Test
    void aPackageThatIsNotNullMarkedIsFound() {
        assertThat(NullMarking.missing(bad, NullMarked.class)).containsExactly(ROOT + ".bare", ROOT + ".upper");
    }
}
