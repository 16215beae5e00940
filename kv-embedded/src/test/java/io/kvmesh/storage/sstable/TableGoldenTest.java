package io.kvmesh.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.Compression;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Reads and writes stored tables. To write them anew after an intended change of the format:
 * {@code -Dkvmesh.golden.write=true}.
 */
class TableGoldenTest {
    private static final Path GOLDEN = Path.of("src/test/resources/io/kvmesh/storage/sstable");
    private static final NavigableMap<Key, Cell> RECORDS = TableFixture.records(RandomSource.seeded(2), 60);

    @TempDir
    Path directory;

    private static Path golden(Compression compression) {
        return GOLDEN.resolve("table-3-" + compression + ".sst");
    }

    private Path write(Compression compression) throws IOException {
        Path path = directory.resolve("table");
        TableFixture.write(path, TableOptions.ofBlockBytes(512).withCompression(compression), RECORDS);
        if (Boolean.getBoolean("kvmesh.golden.write")) {
            Files.createDirectories(GOLDEN);
            Files.deleteIfExists(golden(compression));
            Files.copy(path, golden(compression));
        }
        return path;
    }

    @ParameterizedTest
    @EnumSource
    void theStoredTableIsRead(Compression compression) throws IOException {
        write(compression);
        NavigableMap<Key, Cell> found = new TreeMap<>();
        TableReader table = TableFixture.open(golden(compression), new BlockCache(0));
        TableScan scan = new TableScan(table);
        while (scan.next()) {
            found.put(scan.record().toKey(), scan.record().toCell());
        }
        table.release();
        assertThat(found).isEqualTo(RECORDS);
        assertThat(TableVerifier.verify(TableFixture.FILES, golden(compression)).damages())
                .isEmpty();
    }

    /** Not so with compression, whose result depends on the library that the machine has. */
    @Test
    void theSameTableIsWritten() throws IOException {
        assertThat(write(Compression.NONE)).hasSameBinaryContentAs(golden(Compression.NONE));
    }
}
