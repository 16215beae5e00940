package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.BackupInfo;
import io.kvmesh.api.DirectoryLockedException;
import io.kvmesh.api.Durability;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.storage.Snapshots.Addition;
import io.kvmesh.storage.backup.RepositoryVerifier;
import io.kvmesh.storage.check.Findings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreVerifierTest {
    @TempDir
    Path temporary;

    private StorageFixture fixture;
    private final List<String> damages = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    @BeforeEach
    void newStore() {
        fixture = new StorageFixture(temporary.resolve("store"));
    }

    private final class Listener implements Findings.Listener {
        private final Path directory;

        Listener(Path directory) {
            this.directory = directory;
        }

        @Override
        public void onDamage(Path file, String what) {
            damages.add(directory.relativize(file) + " " + what);
        }

        @Override
        public void onNote(Path file, String what) {
            notes.add(directory.relativize(file) + " " + what);
        }

        @Override
        public void onFile(Path file) {
            assertThat(file.startsWith(directory)).as("%s", file).isTrue();
        }
    }

    private Findings verify(Path directory) throws IOException {
        damages.clear();
        notes.clear();
        Findings findings = new Findings(new Listener(directory));
        new StoreVerifier(new DiskFileSystem(), directory, findings).verify();
        return findings;
    }

    private Findings verifyRepository(Path directory) throws IOException {
        damages.clear();
        notes.clear();
        Findings findings = new Findings(new Listener(directory));
        new RepositoryVerifier(new DiskFileSystem(), directory, findings).verify();
        return findings;
    }

    private static List<String> files(Path directory) throws IOException {
        try (Stream<Path> found = Files.walk(directory)) {
            return found.filter(Files::isRegularFile)
                    .map(file ->
                            directory.relativize(file) + " " + file.toFile().lastModified())
                    .sorted()
                    .toList();
        }
    }

    private static void flip(Path file, int position) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[position] ^= 0x10;
        Files.write(file, bytes);
    }

    /** Two tables with five records, and two records in the log. */
    private StorageEngine filled() {
        StorageEngine engine = fixture.open(fixture.config(Durability.PERIODIC, 1024 * 1024, 4096));
        for (int i = 0; i < 3; i++) {
            write(engine, "city" + i, cell("v" + i, 10 + i));
        }
        engine.flush();
        write(engine, "city1", cell("newer", 20));
        write(engine, "oslo", cell("o", 21));
        engine.flush();
        write(engine, "rome", cell("in the log", 30));
        write(engine, "bern", cell("in the log", 31));
        return engine;
    }

    @Test
    void anIntactStoreHasNoFindingAndIsNotChanged() throws IOException {
        filled().close();
        List<String> before = files(fixture.directory);
        Findings findings = verify(fixture.directory);
        assertThat(damages).isEmpty();
        assertThat(notes).isEmpty();
        assertThat(findings.tables()).isEqualTo(2);
        assertThat(findings.records())
                .as("5 in tables, and all 7 are still in the log")
                .isEqualTo(12);
        assertThat(findings.files()).isEqualTo(5);
        assertThat(findings.damagedFiles()).isZero();
        assertThat(files(fixture.directory)).isEqualTo(before);
    }

    @Test
    void anOpenStoreIsRefusedAndItsSnapshotIsNot() throws IOException {
        StorageEngine engine = filled();
        assertThatThrownBy(() -> verify(fixture.directory))
                .isInstanceOf(DirectoryLockedException.class)
                .hasMessageContaining("is open in a store");
        Path snapshot = engine.copies().snapshots().take("one", Addition.NONE);
        List<String> before = files(snapshot);
        Findings findings = verify(snapshot);
        assertThat(damages).isEmpty();
        assertThat(notes).isEmpty();
        assertThat(findings.tables()).isEqualTo(3);
        assertThat(findings.records()).isEqualTo(7);
        assertThat(files(snapshot)).isEqualTo(before);
        engine.close();
        verify(fixture.directory);
        assertThat(notes).isEmpty();
    }

    @Test
    void everyFlippedByteOfATableIsFound() throws IOException {
        filled().close();
        Path table = fixture.directory.resolve("tables/0000000002.sst");
        for (int position = 0; position < Files.size(table); position++) {
            flip(table, position);
            assertThat(verify(fixture.directory).damagedFiles())
                    .as("byte %s", position)
                    .isEqualTo(1);
            assertThat(damages).allMatch(damage -> damage.startsWith("tables/0000000002.sst "));
            flip(table, position);
        }
        verify(fixture.directory);
        assertThat(damages).isEmpty();
    }

    @Test
    void everyFlippedByteOfCurrentAndTheManifestIsFound() throws IOException {
        filled().close();
        for (String name : List.of("CURRENT", "manifest-0000000001")) {
            Path file = fixture.directory.resolve(name);
            for (int position = 0; position < Files.size(file); position++) {
                flip(file, position);
                verify(fixture.directory);
                assertThat(damages.size() + notes.size())
                        .as("%s byte %s", name, position)
                        .isPositive();
                flip(file, position);
            }
        }
        verify(fixture.directory);
        assertThat(damages).isEmpty();
    }

    @Test
    void everyFlippedByteOfARecordInTheLogIsFound() throws IOException {
        filled().close();
        Path segment;
        try (Stream<Path> segments = Files.list(fixture.directory.resolve("log"))) {
            segment = segments.sorted().reduce((first, second) -> second).orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(segment);
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("in the log");
        for (int position = at - 20; position < at + 10; position++) {
            flip(segment, position);
            assertThat(verify(fixture.directory).damagedFiles())
                    .as("byte %s", position)
                    .isEqualTo(1);
            assertThat(damages).hasSize(1).allMatch(damage -> damage.contains("which had been synced"));
            flip(segment, position);
        }
    }

    @Test
    void missingTruncatedAndSwappedTablesAreDamage() throws IOException {
        filled().close();
        Path first = fixture.directory.resolve("tables/0000000001.sst");
        Path second = fixture.directory.resolve("tables/0000000002.sst");
        byte[] whole = Files.readAllBytes(first);
        Files.delete(first);
        verify(fixture.directory);
        assertThat(damages).containsExactly("tables/0000000001.sst is missing");
        Files.write(first, Arrays.copyOf(whole, whole.length - 1));
        verify(fixture.directory);
        assertThat(damages)
                .hasSize(2)
                .contains("tables/0000000001.sst has " + (whole.length - 1) + " bytes instead of " + whole.length);
        Files.write(first, Files.readAllBytes(second));
        verify(fixture.directory);
        assertThat(damages).anyMatch(damage -> damage.contains("has the footer of table 2, not 1"));
    }

    @Test
    void aMissingSegmentOrLogIsDamage() throws IOException {
        filled().close();
        try (Stream<Path> segments = Files.list(fixture.directory.resolve("log"))) {
            for (Path segment : segments.toList()) {
                Files.delete(segment);
            }
        }
        verify(fixture.directory);
        assertThat(damages).hasSize(1).allMatch(damage -> damage.contains("is missing, but is needed to recover"));
        Files.delete(fixture.directory.resolve("log"));
        verify(fixture.directory);
        assertThat(damages).containsExactly("log is missing");
    }

    @Test
    void whatACrashLeavesIsNotedAndIsNoDamage() throws IOException {
        StorageEngine engine = filled();
        StorageFixture crashed = fixture.crashed(temporary.resolve("crashed"));
        engine.close();
        Files.writeString(crashed.directory.resolve("tables/0000000009.sst"), "x");
        Files.writeString(crashed.directory.resolve("tables/0000000010.sst.tmp"), "x");
        Files.writeString(crashed.directory.resolve("manifest-0000000009"), "x");
        Files.writeString(crashed.directory.resolve("notes.txt"), "x");
        Path manifest = crashed.directory.resolve("manifest-0000000001");
        byte[] bytes = Files.readAllBytes(manifest);
        byte[] torn = Arrays.copyOf(bytes, bytes.length + 5);
        torn[bytes.length] = 1;
        Files.write(manifest, torn);
        verify(crashed.directory);
        assertThat(damages).isEmpty();
        assertThat(notes).hasSize(6);
        assertThat(notes).anyMatch(note -> note.startsWith("tables/0000000009.sst is not named"));
        assertThat(notes).anyMatch(note -> note.startsWith("tables/0000000010.sst.tmp is not named"));
        assertThat(notes).anyMatch(note -> note.startsWith("manifest-0000000009 is the rest of a crash"));
        assertThat(notes).anyMatch(note -> note.startsWith("notes.txt is no file of a store"));
        assertThat(notes).anyMatch(note -> note.startsWith("manifest-0000000001 ends torn at offset " + bytes.length));
        assertThat(notes).anyMatch(note -> note.startsWith("log/") && note.contains("ends torn"));
    }

    @Test
    void anUnfinishedRestoreIsTold() throws IOException {
        Files.createDirectories(fixture.directory.resolve("tables"));
        verify(fixture.directory);
        assertThat(damages).hasSize(1).allMatch(damage -> damage.contains("this is no store"));
        Files.createFile(fixture.directory.resolve("RESTORING"));
        verify(fixture.directory);
        assertThat(damages).hasSize(1).allMatch(damage -> damage.contains("a restore into this directory did not end"));
    }

    @Test
    void aRepositoryIsCheckedAsAWhole() throws IOException {
        Path repository = temporary.resolve("repository");
        StorageEngine engine = filled();
        BackupInfo first = engine.copies().backup(repository, new byte[0]);
        write(engine, "late", cell("l", 40));
        engine.copies().backup(repository, new byte[0]);
        Findings findings = verifyRepository(repository);
        assertThat(damages).isEmpty();
        assertThat(notes).isEmpty();
        assertThat(findings.tables()).isEqualTo(4);
        assertThat(findings.records()).isEqualTo(8);
        Path member = repository.resolve(engine.nodeId().toString());
        engine.close();
        List<Path> tables;
        try (Stream<Path> found = Files.list(member.resolve("tables"))) {
            tables = found.sorted().toList();
        }
        for (int position = 0; position < Files.size(tables.get(0)); position += 3) {
            flip(tables.get(0), position);
            assertThat(verifyRepository(repository).damagedFiles()).isEqualTo(1);
            flip(tables.get(0), position);
        }
        Files.delete(tables.get(1));
        Files.writeString(member.resolve("tables/0000000099-00.sst"), "x");
        flip(member.resolve("backups").resolve(first.id() + ".backup"), 30);
        assertThat(verifyRepository(repository).damagedFiles()).isEqualTo(2);
        assertThat(damages).anyMatch(damage -> damage.endsWith("is missing"));
        assertThat(damages).anyMatch(damage -> damage.contains(first.id()));
        assertThat(notes).hasSize(1).allMatch(note -> note.contains("belongs to no backup"));
    }
}
