package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.key;
import static io.kvmesh.storage.StorageFixture.tombstone;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.Compaction;
import io.kvmesh.api.Compression;
import io.kvmesh.api.Durability;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.storage.sstable.TableOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads and writes the stored bytes of a directory in the present versions of the formats. To write them anew after an
 * intended change of a format: {@code -Dkvmesh.golden.write=true}, and keep the old ones as well once they were released.
 * Its values do not shrink: what compression makes of others is not the same on every machine.
 */
class StorageGoldenTest {
    private static final Path GOLDEN = Path.of("src/test/resources/io/kvmesh/storage/golden-5");
    private static final Path GOLDEN_LOG_1 = Path.of("src/test/resources/io/kvmesh/storage/golden-4");
    private static final Cell EXPIRING = Cell.expiring(new byte[] {1, 2, 3}, new Version(30, new NodeId(9)), 4_000);

    private static final Cell OF_ANOTHER = Cell.of(new byte[] {4}, new Version(70, new NodeId(9)));

    @TempDir
    Path temporary;

    private static StorageConfig config(StorageFixture fixture) {
        return fixture.config(Durability.PERIODIC, 1024 * 1024, 2048);
    }

    private static String noise(int seed) {
        RandomSource random = RandomSource.seeded(seed);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            text.append((char) ('0' + random.nextInt(64)));
        }
        return text.toString();
    }

    /** Writes what the stored directory holds: some of it in a table, some in the log. */
    private static StorageFixture build(Path directory) {
        StorageFixture fixture = new StorageFixture(directory);
        StorageEngine engine = fixture.open(config(fixture));
        engine.chooseCompaction(CITIES.id(), Compaction.leveled());
        engine.chooseTables(CITIES.id(), Optional.of(Compression.NONE), OptionalInt.of(14));
        for (int i = 0; i < 12; i++) {
            write(engine, "city" + i, cell(noise(i), 10 + i));
        }
        write(engine, "rome", EXPIRING);
        engine.flush();
        write(engine, "city3", tombstone(40));
        write(engine, "oslo", cell("in the log", 50));
        engine.writeAll(
                List.of(
                        new Mutation(CITIES.id(), key("bern"), cell("in a batch", 60)),
                        new Mutation(CITIES.id(), key("kyiv"), OF_ANOTHER)),
                new StorageFixture.Result());
        engine.close();
        return fixture;
    }

    private static List<String> filesOf(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void theStoredDirectoryIsRead() throws IOException {
        Path directory = temporary.resolve("read");
        StorageFixture.copy(GOLDEN, directory);
        StorageFixture fixture = new StorageFixture(directory);
        StorageEngine engine = fixture.open(config(fixture));
        assertThat(engine.generation()).isEqualTo(2);
        assertThat(engine.maps()).containsExactly(CITIES);
        assertThat(engine.tableOptions(CITIES.id()))
                .isEqualTo(TableOptions.ofBlockBytes(512)
                        .withCompression(Compression.NONE)
                        .withBloomBitsPerKey(14));
        assertThat(engine.info().disk().sstableCount()).isEqualTo(1);
        for (int i = 0; i < 12; i++) {
            Cell expected = i == 3 ? tombstone(40) : cell(noise(i), 10 + i);
            assertThat(engine.read(CITIES.id(), key("city" + i))).isEqualTo(expected);
        }
        assertThat(engine.read(CITIES.id(), key("rome"))).isEqualTo(EXPIRING);
        assertThat(engine.read(CITIES.id(), key("oslo"))).isEqualTo(cell("in the log", 50));
        assertThat(engine.read(CITIES.id(), key("bern"))).isEqualTo(cell("in a batch", 60));
        assertThat(engine.read(CITIES.id(), key("kyiv"))).isEqualTo(OF_ANOTHER);
        engine.close();
    }

    /** Its log has version 1, and is continued in the present one. */
    @Test
    void aDirectoryWithALogOfVersion1IsRead() throws IOException {
        Path directory = temporary.resolve("read");
        StorageFixture.copy(GOLDEN_LOG_1, directory);
        StorageFixture fixture = new StorageFixture(directory);
        StorageEngine engine = fixture.open(config(fixture));
        write(engine, "bern", cell("new", 80));
        engine.close();
        StorageEngine reopened = fixture.open(config(fixture));
        assertThat(reopened.read(CITIES.id(), key("city3"))).isEqualTo(tombstone(40));
        assertThat(reopened.read(CITIES.id(), key("oslo"))).isEqualTo(cell("in the log", 50));
        assertThat(reopened.read(CITIES.id(), key("bern"))).isEqualTo(cell("new", 80));
        reopened.close();
    }

    @Test
    void theSameDirectoryIsWritten() throws IOException {
        Path directory = temporary.resolve("written");
        build(directory);
        if (Boolean.getBoolean("kvmesh.golden.write")) {
            StorageFixture.copy(directory, GOLDEN);
        }
        assertThat(filesOf(directory)).isEqualTo(filesOf(GOLDEN));
        for (String file : filesOf(GOLDEN)) {
            assertThat(directory.resolve(file)).as(file).hasSameBinaryContentAs(GOLDEN.resolve(file));
        }
    }
}
