package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.KvStore;
import io.kvmesh.api.KvMap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that embeds a store, without any JVM flag, sees no warning of the JVM, on whatever JDK this test runs. */
class QuietStartTest {
    @TempDir
    Path directory;

    /** Runs in a JVM of its own. */
    static final class Program {
        private Program() {}

        record City(String name, long population) {}

        public static void main(String[] arguments) {
            try (KvStore store = KvStore.builder()
                    .directory(Path.of(arguments[0]))
                    .register(City.class)
                    .open()) {
                KvMap<String, City> cities = store.map("cities", String.class, City.class);
                cities.put("Paris", new City("Paris", 2_138_551));
                // From here on compression is loaded, which is native where the JVM says nothing about it.
                store.admin().flush();
                System.out.println("stored " + cities.get("Paris"));
            }
        }
    }

    @Test
    void nothingIsPrintedOnStandardError() throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        Path errors = directory.resolve("errors");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        directory.resolve("data").toString())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        assertThat(process.waitFor()).isZero();
        assertThat(errors).isEmptyFile();
        List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
        assertThat(lines).last().asString().startsWith("stored City[name=Paris");
        assertThat(lines).as("besides its own line, at most one of the log").hasSizeLessThanOrEqualTo(2);
    }
}
