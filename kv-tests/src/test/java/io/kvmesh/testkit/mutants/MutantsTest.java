package io.kvmesh.testkit.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program: a few planted bugs that are caught fast, all of them as far as the sources go. Confined to one thread. */
class MutantsTest {
    private static final Path ROOT = root();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void bugsThatAreEasyToCatchAreCaught() throws Exception {
        int status = run("keys-compared-by-prefix", "bloom-filter-other-hash", "--seeds", "20", "--clean-seeds", "1");

        assertThat(status).as("%s%s", out, err).isZero();
        assertThat(text(out))
                .contains("CAUGHT keys-compared-by-prefix seeds=", "CAUGHT bloom-filter-other-hash seeds=")
                .contains("RESULT mutants=2 caught=2 seeds_max=")
                .contains("survivors=none");
    }

    @Test
    void aChangeThatBreaksNothingSurvivesWhichIsAFailure(@TempDir Path root) throws Exception {
        String file = "kv-embedded/src/main/java/io/kvmesh/ring/Token.java";
        Files.createDirectories(root.resolve(file).getParent());
        Files.copy(ROOT.resolve(file), root.resolve(file));
        Files.createDirectories(Mutants.directory(root));
        Files.writeString(
                Mutants.directory(root).resolve("harmless.mutant"),
                "about: Nothing.\nfile: " + file
                        + "\nfind:\n|package io.kvmesh.ring;\nreplace:\n|package io.kvmesh.ring;");

        int status = run("--root", root.toString(), "--seeds", "1", "--clean-seeds", "0");

        assertThat(status).as("%s%s", out, err).isEqualTo(1);
        assertThat(text(out))
                .contains("SURVIVED harmless seeds=1 ")
                .contains("RESULT mutants=1 caught=0 seeds_max=0 survivors=harmless");
    }

    @Test
    void everyPlantedBugFitsTheSources() throws IOException {
        List<Mutant> mutants = new ArrayList<>(MutantFile.readAll(Mutants.directory(ROOT)));
        assertThat(mutants).hasSizeGreaterThanOrEqualTo(12);
        mutants.addAll(MutantFile.readAll(Mutants.directory(ROOT).resolve(Mutants.UNSEEN)));
        for (Mutant mutant : mutants) {
            assertThat(PatchedClasses.patch(mutant, ROOT)).as(mutant.name()).isNotEmpty();
        }
    }

    @Test
    void theListTellsWhatEachBugIs() throws Exception {
        assertThat(run("--list", "write-quorum-short", "sync-does-nothing")).isZero();
        assertThat(text(out).lines())
                .containsExactly(
                        "sync-does-nothing (in the environment)",
                        "    The disk answers a sync of a file at once and does nothing, as some disks do that have a"
                                + " cache.",
                        "write-quorum-short",
                        "    A write is content with one acknowledgement less than its level requires.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "mystery!'mystery' is no planted bug; there are ",
                "--seeds 0!--seeds '0' must be a number from 1 to 1000000",
                "--at-once 3!--at-once '3' must be a number from 1 to 2",
                "--bogus!unknown argument '--bogus'",
                "--root /nowhere!--root '/nowhere' must be the root of a checkout",
            })
    void aWrongArgumentIsNamedWithItsRule(String arguments, String message) throws Exception {
        assertThat(run(arguments.split(" ", -1))).isEqualTo(2);
        assertThat(text(err)).contains(message).contains("usage: mutants");
    }

    private int run(String... arguments) throws IOException, InterruptedException {
        List<String> all = Stream.concat(Stream.of("--root", ROOT.toString()), Stream.of(arguments))
                .toList();
        return Mutants.run(
                all,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** The tests run in the directory of their module. */
    private static Path root() {
        Path here = Path.of("").toAbsolutePath();
        return Files.isDirectory(Mutants.directory(here))
                ? here
                : here.resolve("..").normalize();
    }
}
