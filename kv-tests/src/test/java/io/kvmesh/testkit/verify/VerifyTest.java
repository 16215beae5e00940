package io.kvmesh.testkit.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.KvStore;
import io.kvmesh.api.KvMap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyTest {
    @TempDir
    Path temporary;

    private Path directory;
    private Path repository;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void writeStore() {
        directory = temporary.resolve("store");
        repository = temporary.resolve("repository");
        try (KvStore store = KvStore.open(directory)) {
            KvMap<String, String> map = store.map("m", String.class, String.class);
            map.set("a", "1");
            map.set("b", "2");
            store.admin().backup(repository);
            store.admin().snapshot("one");
        }
    }

    private int run(Object... arguments) {
        out.reset();
        err.reset();
        return Verify.run(
                Stream.of(arguments).map(String::valueOf).toList(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private List<String> lines() {
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void whatIsIntactHasNoLineButTheResult() {
        assertThat(run(directory)).isZero();
        assertThat(lines()).containsExactly("RESULT files=4 tables=1 records=4 damaged=0");
        assertThat(run(directory.resolve("snapshots/one"))).isZero();
        assertThat(lines()).containsExactly("RESULT files=4 tables=1 records=2 damaged=0");
        assertThat(run(repository)).isZero();
        assertThat(lines()).containsExactly("RESULT files=2 tables=1 records=2 damaged=0");
    }

    @Test
    void damageHasALineAndAnExitStatus() throws IOException {
        Path table = directory.resolve("tables/0000000001.sst");
        byte[] bytes = Files.readAllBytes(table);
        bytes[5] ^= 1;
        Files.write(table, bytes);
        Files.writeString(directory.resolve("mine.txt"), "x");
        assertThat(run(directory)).isEqualTo(Verify.EXIT_DAMAGED);
        assertThat(lines())
                .contains("NOTE mine.txt: is no file of a store")
                .anyMatch(line -> line.startsWith("DAMAGED tables/0000000001.sst: offset 0: checksum mismatch"))
                .last()
                .asString()
                .startsWith("RESULT ")
                .endsWith(" damaged=1");
    }

    @Test
    void whatCannotBeCheckedIsRefused() throws IOException {
        assertThat(run()).isEqualTo(Verify.EXIT_USAGE);
        assertThat(run(directory, repository)).isEqualTo(Verify.EXIT_USAGE);
        assertThat(run("--fast")).isEqualTo(Verify.EXIT_USAGE);
        assertThat(run(temporary.resolve("missing"))).isEqualTo(Verify.EXIT_USAGE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is no directory");
        assertThat(run(temporary)).isEqualTo(Verify.EXIT_USAGE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("neither the directory of a store nor a repository");
        assertThat(run("--help")).isZero();
        assertThat(lines().get(0)).startsWith("usage: verify DIR");
    }

    @Test
    void anOpenStoreIsRefused() {
        try (KvStore store = KvStore.open(directory)) {
            assertThat(store.health().problems()).isEmpty();
            assertThat(run(directory)).isEqualTo(Verify.EXIT_USAGE);
            assertThat(err.toString(StandardCharsets.UTF_8)).contains("is open in a store");
            assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
        }
    }
}
