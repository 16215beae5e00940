package io.kvmesh.examples.hello;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the README shows is code that runs. */
class ReadmeTest {
    private static final Path SOURCES = Path.of("src/main/java/io/kvmesh/examples/hello");
    private static final Pattern REGION = Pattern.compile("(?s)// readme: (\\w+)\\n(.*?)\\n *// readme: end");

    @ParameterizedTest
    @CsvSource({"Hello.java,hello", "Member.java,member"})
    void showsTheRegionOfTheSource(String file, String region) throws IOException {
        assertThat(readme()).contains(region(Files.readString(SOURCES.resolve(file)), region));
    }

    @Test
    void showsTheRecord() throws IOException {
        assertThat(Files.readString(SOURCES.resolve("User.java")))
                .contains("record User(String name, String city, int visits) {}");
        assertThat(readme()).contains("record User(String name, String city, int visits) {}");
    }

    private static String readme() throws IOException {
        return Files.readString(Path.of("../README.md"));
    }

    private static String region(String source, String name) {
        Matcher regions = REGION.matcher(source);
        while (regions.find()) {
            if (regions.group(1).equals(name)) {
                List<String> lines = regions.group(2).lines().toList();
                int indent = lines.get(0).length() - lines.get(0).stripLeading().length();
                return String.join(
                        "\n", lines.stream().map(line -> line.substring(indent)).toList());
            }
        }
        throw new AssertionError("no region " + name);
    }
}
