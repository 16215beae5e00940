package io.kvmesh.testkit.mutants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The text of planted bugs. Confined to one thread. */
class MutantFileTest {
    private static final String WHOLE = """
            # A remark.
            about: Counts
            about: one short.
            scenario: power
            reason: Only there does it matter.
            arguments: --threads  2

            file: a/A.java
            find:
            |    one;

            |    two;
            replace:
            |    three: four;
            find:
            |five
            replace:
            file: b/B.java
            find:
            ||
            replace:
            |#
            """;

    @Test
    void aPlantedBugHasHeadersAndChanges() {
        Mutant mutant = parse(WHOLE);

        assertThat(mutant.name()).isEqualTo("name");
        assertThat(mutant.about()).isEqualTo("Counts one short.");
        assertThat(mutant.scenario()).isEqualTo("power");
        assertThat(mutant.reason()).isEqualTo("Only there does it matter.");
        assertThat(mutant.arguments()).containsExactly("--threads", "2");
        assertThat(mutant.edits())
                .containsExactly(
                        new Edit("a/A.java", "    one;\n    two;", "    three: four;"),
                        new Edit("a/A.java", "five", ""),
                        new Edit("b/B.java", "|", "#"));
        assertThat(mutant.isInEnvironment()).isFalse();
    }

    @Test
    void theGeneralCampaignIsTheDefault() {
        Mutant mutant = parse("about: x\nfile: kv-tests/A.java\nfind:\n|a\nreplace:\n|b");
        assertThat(mutant.scenario()).isEqualTo("any");
        assertThat(mutant.arguments()).isEmpty();
        assertThat(mutant.isInEnvironment()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            value = {
                "|text!line 1 stands neither behind 'find:' nor behind 'replace:'",
                "replace:!line 1 must follow a 'find:'",
                "mystery: x!line 1 'mystery' must be about, scenario",
                "about:!line 1 'about' must be",
                "find:;|a;find:!line 3 comes before the change above is complete",
                "find:;|a;replace:;|b!the end comes before the change above is complete",
                "file: A;find:;replace:;|b!the end comes before the change above is complete",
                "about: x!needs a line 'about:' and at least one change",
                "file: A;find:;|a;replace:;|b!needs a line 'about:' and at least one change",
                "about: x;scenario: power;file: A;find:;|a;replace:;|b!must give a reason why it needs the scenario power",
            })
    void aWrongLineIsNamedWithItsRule(String text, String message) {
        assertThatThrownBy(() -> parse(text.replace(';', '\n')))
                .isInstanceOf(MutantException.class)
                .hasMessageContaining("planted bug 'name'")
                .hasMessageContaining(message);
    }

    private static Mutant parse(String text) {
        return MutantFile.parse("name", List.of(text.split("\n", -1)));
    }
}
