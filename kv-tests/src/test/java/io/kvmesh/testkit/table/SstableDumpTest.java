package io.kvmesh.testkit.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.storage.sstable.TableOptions;
import io.kvmesh.storage.sstable.TableWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SstableDumpTest {
    @TempDir
    Path directory;

    private Path file;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void writeTable() throws IOException {
        file = directory.resolve("table");
        Version version = new Version(1_000, new NodeId(0xAB));
        try (AppendFile created = new DiskFileSystem().create(file)) {
            TableWriter writer = new TableWriter(created, 42, new MapId(7), TableOptions.ofBlockBytes(128));
            writer.add(key(3, "amsterdam"), Cell.of("a canal".getBytes(StandardCharsets.UTF_8), version));
            writer.add(key(3, "bern"), Cell.of(new byte[] {1, (byte) 0xFE}, version));
            writer.add(key(3, "cairo"), Cell.tombstone(version));
            writer.add(
                    key(4, "delhi"), Cell.expiring("x".repeat(100).getBytes(StandardCharsets.UTF_8), version, 9_000));
            writer.finish();
        }
    }

    private static Key key(int partition, String user) {
        return Key.of(partition, user.getBytes(StandardCharsets.UTF_8));
    }

    private int run(String... arguments) {
        return SstableDump.run(
                List.of(arguments),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void propertiesAndCellsArePrinted() {
        assertThat(run(file.toString(), "--cells")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsPattern("table +42")
                .containsPattern("records +4")
                .containsPattern("tombstones +1")
                .containsPattern("data blocks +2")
                .contains("3:\"amsterdam\" = \"a canal\" (7 bytes) at 1000@00000000000000ab")
                .contains("3:\"bern\" = 0x01fe (2 bytes)")
                .contains("3:\"cairo\" = deleted at 1000@")
                .contains("4:\"delhi\" = \"" + "x".repeat(64) + "\"... (100 bytes)")
                .contains("expires at 9000");
        assertThat(err.size()).isZero();
    }

    @Test
    void blocksAndKeysArePrinted() {
        assertThat(run(file.toString(), "--blocks", "--keys")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("block at 0: ")
                .contains("3 records from 0003:616d")
                .containsPattern("(?m)^4:\"delhi\"$");
    }

    @Test
    void damageIsReportedWithItsPlace() throws IOException {
        assertThat(run(file.toString(), "--verify")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("intact").contains("2 data blocks, 4 records");
        byte[] bytes = Files.readAllBytes(file);
        bytes[10] ^= 1;
        Files.write(file, bytes);
        assertThat(run(file.toString(), "--verify")).isEqualTo(SstableDump.EXIT_DAMAGED);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("offset 0: checksum mismatch");
        assertThat(run(file.toString(), "--keys")).isEqualTo(SstableDump.EXIT_DAMAGED);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("damaged in the block at offset 0");
    }

    @Test
    void wrongArgumentsAreExplained() {
        assertThat(run()).isEqualTo(SstableDump.EXIT_USAGE);
        assertThat(run(file.toString(), "--colour")).isEqualTo(SstableDump.EXIT_USAGE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("--colour").contains("usage: sstable-dump FILE");
        assertThat(run(directory.resolve("nothing").toString())).isEqualTo(SstableDump.EXIT_USAGE);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is no file");
        assertThat(run("--help")).isZero();
    }
}
