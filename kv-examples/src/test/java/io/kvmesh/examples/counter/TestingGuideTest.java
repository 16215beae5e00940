package io.kvmesh.examples.counter;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.examples.Regions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the guide shows is code that runs, and the command that it tells has its class. */
class TestingGuideTest {
    private static final Path GUIDE = Path.of("../docs/testing.md");
    private static final Path SOURCE = Path.of("src/test/java/io/kvmesh/examples/counter/LaneCounterTest.java");

    @ParameterizedTest
    @ValueSource(strings = {"kvsim", "visit", "kvcluster"})
    void showsTheRegionOfTheTest(String region) throws IOException {
        assertThat(Files.readString(GUIDE)).contains("```java\n" + Regions.of(SOURCE, region) + "\n```");
    }

    @Test
    void namesTheHunt() throws IOException {
        assertThat(Files.readString(GUIDE)).contains("-Dexec.mainClass=" + CounterHunt.class.getName());
    }
}
