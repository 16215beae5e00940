package io.kvmesh.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SourceSizesTest {
    @Test
    void filesMethodsAndLinesOfAllModulesAreShort() throws IOException {
        List<String> faults = new ArrayList<>();
        int files = 0;
        for (Path root : Library.mainSources()) {
            try (Stream<Path> paths = Files.walk(root)) {
                List<Path> sources = paths.filter(path -> path.toString().endsWith(".java"))
                        .sorted()
                        .toList();
                for (Path source : sources) {
                    faults.addAll(SourceSizes.faults(root.relativize(source).toString(), Files.readString(source)));
                    files++;
                }
            }
        }
        assertThat(files).isGreaterThan(50);
        assertThat(faults).isEmpty();
    }

    @Test
    void aLongMethodIsFoundWhateverItsBracesLookLike() {
        String body = "char c = '{'; String s = \"}\"; /* { */ // }\n".repeat(SourceSizes.METHOD_LINES_MAX - 2);
        String fits = "class A {\nvoid m() {\n" + body + "}\n}\n";
        String tooLong = "class A {\nObject o = new Object() {\nvoid m() {\n\n" + body + "}\n};\n}\n";
        assertThat(SourceSizes.faults("A", fits)).isEmpty();
        assertThat(SourceSizes.faults("A", tooLong))
                .containsExactly("A:3 method m has 71 lines, at most 70 are allowed");
    }

    @Test
    void aLongFileAndALongLineAreFound() {
        assertThat(SourceSizes.faults("A", "class A {}\n" + "\n".repeat(600)))
                .containsExactly("A has 601 lines, at most 600 are allowed");
        assertThat(SourceSizes.faults("A", "class A {}\n//" + "x".repeat(119)))
                .containsExactly("A:2 has 121 characters, at most 120 are allowed");
    }
}
