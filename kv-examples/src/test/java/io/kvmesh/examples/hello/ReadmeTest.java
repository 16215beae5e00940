package io.kvmesh.examples.hello;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.examples.Regions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the README shows is code that runs. */
class ReadmeTest {
    private static final Path SOURCES = Path.of("src/main/java/io/kvmesh/examples/hello");

    @ParameterizedTest
    @CsvSource({"Hello.java,hello", "Member.java,member"})
    void showsTheRegionOfTheSource(String file, String region) throws IOException {
        assertThat(readme()).contains(Regions.of(SOURCES.resolve(file), region));
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
}
