package io.kvmesh.testkit.mutants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changing sources and compiling them. Confined to one thread. */
class PatchedClassesTest {
    private static final String FILE = "module/io/kvmesh/fixture/Sum.java";
    private static final String SOURCE = """
            package io.kvmesh.fixture;

            final class Sum {
                private Sum() {}

                static int of(int first, int second) {
                    return first + second;
                }
            }
            """;

    @TempDir
    private Path root;

    private Path source;
    private Path target;

    @BeforeEach
    void writeTheSource() throws IOException {
        source = root.resolve(FILE);
        Files.createDirectories(source.getParent());
        Files.writeString(source, SOURCE);
        target = Files.createDirectory(root.resolve("classes"));
    }

    @Test
    void aChangedCopyIsCompiledAndTheSourceStays() throws IOException {
        PatchedClasses.compile(mutant("first + second", "first - second"), root, target);

        assertThat(target.resolve("io/kvmesh/fixture/Sum.class")).isNotEmptyFile();
        assertThat(source).hasContent(SOURCE);
    }

    @Test
    void laterChangesOfAFileSeeTheEarlierOnes() throws IOException {
        Mutant twice = new Mutant(
                "twice",
                "about",
                "any",
                "",
                List.of(),
                List.of(new Edit(FILE, "first + second", "first * second"), new Edit(FILE, "first * second", "0")));
        PatchedClasses.compile(twice, root, target);
        assertThat(target.resolve("io/kvmesh/fixture/Sum.class")).exists();
    }

    @Test
    void aTextThatIsMissingMeansThatTheSourceMovedOn() {
        assertThatThrownBy(() -> PatchedClasses.compile(mutant("first - second", ""), root, target))
                .isInstanceOf(MutantException.class)
                .hasMessageContaining("planted bug 'sum'")
                .hasMessageContaining("the source moved on: " + FILE + " does not have the text any more")
                .hasMessageContaining("first - second");
    }

    @Test
    void aTextThatStandsThereTwiceIsRefused() {
        assertThatThrownBy(() -> PatchedClasses.compile(mutant("second", "first"), root, target))
                .isInstanceOf(MutantException.class)
                .hasMessageContaining(FILE + " has the text that is to be replaced more than once");
    }

    @Test
    void aFileThatIsMissingMeansThatTheSourceMovedOn() {
        Mutant mutant =
                new Mutant("gone", "about", "any", "", List.of(), List.of(new Edit("module/Gone.java", "a", "b")));
        assertThatThrownBy(() -> PatchedClasses.compile(mutant, root, target))
                .isInstanceOf(MutantException.class)
                .hasMessageContaining("planted bug 'gone': the source moved on: there is no file")
                .hasMessageContaining("Gone.java");
    }

    @Test
    void aChangeThatDoesNotCompileIsToldWithItsPlace() {
        assertThatThrownBy(() -> PatchedClasses.compile(mutant("first + second", "first + third"), root, target))
                .isInstanceOf(MutantException.class)
                .hasMessageContaining("planted bug 'sum' does not compile")
                .hasMessageContaining("Sum.java:7")
                .hasMessageContaining("cannot find symbol");
    }

    @Test
    void withoutACompilerItSaysWhatIsNeeded() {
        assertThatThrownBy(() -> PatchedClasses.compile(mutant("first + second", "0"), root, target, null))
                .isInstanceOf(MutantException.class)
                .hasMessageContaining("needs the compiler of a JDK")
                .hasMessageContaining("run this with the java of a JDK");
    }

    private static Mutant mutant(String find, String replacement) {
        return new Mutant("sum", "about", "any", "", List.of(), List.of(new Edit(FILE, find, replacement)));
    }
}
