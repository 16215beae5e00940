package io.kvmesh.testkit.bench.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.testkit.bench.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Confined to one thread. */
class StorageOptionsTest {
    @Test
    void theDefaultsAreThoseOfTheDocumentedRun() {
        StorageOptions options = StorageOptions.parse(List.of());
        assertThat(options.engines()).containsExactly("kvmesh");
        assertThat(options.workloads()).containsExactly(Workload.values());
        assertThat(options.valueBytes()).isEqualTo(100);
        assertThat(options.runs()).isEqualTo(5);
        assertThat(options.threads()).isEqualTo(1);
        // Ten memtables of 32 MiB.
        assertThat(options.entries() * 116L).isBetween((320L << 20) - 116, 320L << 20);
    }

    @Test
    void enginesAndWorkloadsAreTakenInTheirOwnOrderAndOnce() {
        StorageOptions options = StorageOptions.parse(
                List.of("--engine", "rocksdb,kvmesh,rocksdb", "--workload", "sync1,fillseq,sync1"));
        assertThat(options.engines()).containsExactly("kvmesh", "rocksdb");
        assertThat(options.workloads()).containsExactly(Workload.FILLSEQ, Workload.SYNC1);
        assertThat(StorageOptions.parse(List.of("--engine", "all")).engines()).isEqualTo(Engines.NAMES);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--bogus 1|unknown argument '--bogus'",
                "--value|--value needs a value",
                "--value 31|--value '31' must be a number from 32 to 1048576",
                "--entries 999|--entries '999' must be a number from 1000 to 200000000",
                "--memtable 0|--memtable '0' must be a number from 1 to 256",
                "--runs x|--runs 'x' must be a number from 1 to 100",
                "--seed -1|--seed '-1' must be a number from 0 to 2147483647",
                "--threads 257|--threads '257' must be a number from 1 to 256",
                "--heap 1|--heap '1' must be a number from 64 to 65536",
                "--engine leveldb|--engine 'leveldb' must be kvmesh, rocksdb, h2-mvstore, lmdb or all",
                "--engine kvmesh,|--engine '' must be kvmesh, rocksdb, h2-mvstore, lmdb or all",
            })
    void aWrongArgumentIsNamedWithItsRule(String arguments, String message) {
        assertThatThrownBy(() -> StorageOptions.parse(List.of(arguments.split(" ", -1))))
                .isInstanceOf(UsageException.class)
                .hasMessage(message);
    }

    @Test
    void aWrongWorkloadIsAnsweredWithTheRightOnes() {
        assertThatThrownBy(() -> StorageOptions.parse(List.of("--workload", "fillseq,readsome")))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("--workload 'readsome' must be fillseq, batch100, ")
                .hasMessageEndingWith("recovery or all");
    }

    @Test
    void aDirectoryWithABlankIsRefused() {
        assertThatThrownBy(() -> StorageOptions.parse(List.of("--directory", "/tmp/two words")))
                .isInstanceOf(UsageException.class)
                .hasMessage("--directory '/tmp/two words' must have no blank in its name");
    }

    @Test
    void placesThatCannotBeWrittenAreNamedBeforeAnythingRuns(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() -> run("--directory", file.toString()))
                .isInstanceOf(UsageException.class)
                .hasMessage("--directory '" + file + "' is not a directory");
        assertThatThrownBy(() -> run("--csv", directory.resolve("none/out.csv").toString()))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("cannot be written");
    }

    private static void run(String... arguments) throws IOException {
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
        new StorageBench(StorageOptions.parse(List.of(arguments)), nowhere).run();
    }
}
