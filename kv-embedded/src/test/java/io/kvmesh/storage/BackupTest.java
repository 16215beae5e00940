package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.text;
import static io.kvmesh.storage.StorageFixture.tombstone;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.BackupInfo;
import io.kvmesh.api.Compaction;
import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.StoreException;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.FileSystem.FileLock;
import io.kvmesh.runtime.SystemClock;
import io.kvmesh.storage.backup.BackupId;
import io.kvmesh.storage.backup.BackupRepository;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupTest {
    private static final byte[] MEMBERS = {1, 2, 3};
    private static final String UNKNOWN = "20200101T000000000Z-0123456789abcdef";

    @TempDir
    Path temporary;

    private StorageFixture fixture;
    private Path repository;
    private final List<byte[]> restoredMembers = new ArrayList<>();

    @BeforeEach
    void newStore() {
        fixture = new StorageFixture(temporary.resolve("store"));
        repository = temporary.resolve("deep/repository");
    }

    private BackupInfo backup(StorageEngine engine) {
        return engine.copies().backup(repository, MEMBERS);
    }

    private StorageFixture restore(String id, String name) {
        Path directory = temporary.resolve(name);
        new StoreRestore(new DiskFileSystem(), new SystemClock(), repository, BackupId.parse(id))
                .into(directory, (members, target) -> restoredMembers.add(members));
        return new StorageFixture(directory);
    }

    private BackupRepository repository() {
        return new BackupRepository(new DiskFileSystem(), repository);
    }

    private List<Path> files(String part, String suffix) throws IOException {
        try (Stream<Path> found = Files.walk(repository)) {
            return found.filter(file -> String.valueOf(file.getParent()).endsWith(part)
                            && file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    private static void flip(Path file, long position) throws IOException {
        try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
            content.seek(position);
            int value = content.read();
            content.seek(position);
            content.write(value ^ 0x10);
        }
    }

    @Test
    void aRestoredMemberIsTheSameWithWhatItHadThen() {
        StorageEngine engine = fixture.open();
        engine.chooseCompaction(CITIES.id(), Compaction.leveled());
        write(engine, "paris", cell("in a table", 10));
        write(engine, "bern", cell("deleted", 15));
        engine.flush();
        write(engine, "oslo", cell("in the memtable", 20));
        write(engine, "bern", tombstone(30));
        BackupInfo info = backup(engine);
        write(engine, "oslo", cell("later", 40));
        assertThat(info.nodeId()).isEqualTo(engine.nodeId().toString());
        assertThat(info.id()).endsWith("-" + engine.nodeId());
        assertThat(info.tables()).isEqualTo(2);
        assertThat(info.copiedTables()).isEqualTo(2);
        assertThat(info.copiedBytes())
                .isEqualTo(info.tableBytes())
                .isEqualTo(engine.info().disk().sstableBytes());
        assertThat(info.damage()).isEmpty();
        long generation = engine.generation();
        engine.close();

        StorageEngine restored = restore(info.id(), "restored").open();
        assertThat(restoredMembers).containsExactly(MEMBERS);
        assertThat(restored.nodeId()).isEqualTo(engine.nodeId());
        assertThat(restored.generation()).isGreaterThan(generation + 1_000_000);
        assertThat(restored.maps()).containsExactly(CITIES);
        assertThat(text(restored, "paris")).isEqualTo("in a table");
        assertThat(text(restored, "oslo")).isEqualTo("in the memtable");
        assertThat(restored.read(CITIES.id(), StorageFixture.key("bern"))).isEqualTo(tombstone(30));
        write(restored, "oslo", cell("after the restore", 50));
        restored.close();
        assertThat(temporary.resolve("restored/RESTORING")).doesNotExist();
        restored = new StorageFixture(temporary.resolve("restored")).open();
        assertThat(text(restored, "oslo")).isEqualTo("after the restore");
        restored.close();
    }

    @Test
    void onlyNewTablesAreCopied() throws IOException {
        StorageEngine engine = fixture.open();
        write(engine, "paris", cell("a", 10));
        BackupInfo first = backup(engine);
        BackupInfo again = backup(engine);
        write(engine, "oslo", cell("b", 20));
        BackupInfo third = backup(engine);
        assertThat(List.of(first.copiedTables(), again.copiedTables(), third.copiedTables()))
                .containsExactly(1, 0, 1);
        assertThat(again.copiedBytes()).isZero();
        assertThat(third.tables()).isEqualTo(2);
        assertThat(repository().list()).containsExactly(first, again, third);
        assertThat(files("tables", ".sst")).hasSize(2);
        engine.close();
        assertThat(text(restore(again.id(), "again").open(), "oslo")).isNull();
        assertThat(text(restore(third.id(), "third").open(), "oslo")).isEqualTo("b");
    }

    @Test
    void deletingABackupLeavesWhatOthersNeed() throws IOException {
        StorageEngine engine = fixture.open();
        write(engine, "paris", cell("a", 10));
        BackupInfo first = backup(engine);
        write(engine, "oslo", cell("b", 20));
        BackupInfo second = backup(engine);
        engine.close();
        repository().delete(BackupId.parse(second.id()));
        assertThat(repository().list()).containsExactly(first);
        assertThat(files("tables", "")).hasSize(1);
        assertThat(text(restore(first.id(), "restored").open(), "paris")).isEqualTo("a");
        assertThatThrownBy(() -> repository().delete(BackupId.parse(second.id())))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("there is no backup " + second.id());
        repository().delete(BackupId.parse(first.id()));
        assertThat(files("tables", "")).isEmpty();
        assertThat(repository().list()).isEmpty();
    }

    /** Both lives of the member give the same numbers to different tables. */
    @Test
    void tablesOfARestoredMemberAreToldFromThoseOfItsEarlierLife() throws IOException {
        StorageEngine engine = fixture.open();
        write(engine, "paris", cell("a", 10));
        BackupInfo first = backup(engine);
        write(engine, "oslo", cell("of the old life", 20));
        BackupInfo old = backup(engine);
        engine.close();
        StorageEngine restored = restore(first.id(), "restored").open();
        write(restored, "oslo", cell("of the new life", 21));
        BackupInfo young = backup(restored);
        restored.close();
        assertThat(young.copiedTables()).isEqualTo(1);
        assertThat(files("tables", ".sst")).hasSize(3);
        assertThat(text(restore(old.id(), "old").open(), "oslo")).isEqualTo("of the old life");
        assertThat(text(restore(young.id(), "young").open(), "oslo")).isEqualTo("of the new life");
    }

    @Test
    void aDirectoryWithFilesIsRefused() throws IOException {
        StorageEngine engine = fixture.open();
        BackupInfo info = backup(engine);
        engine.close();
        Files.createDirectories(temporary.resolve("used"));
        Files.writeString(temporary.resolve("used/notes.txt"), "mine");
        assertThatThrownBy(() -> restore(info.id(), "used"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("used has files");
        assertThat(temporary.resolve("used")).isDirectoryContaining("glob:**notes.txt");
        assertThatThrownBy(() -> restore(info.id(), "store")).isInstanceOf(StoreException.class);
        Files.createDirectories(temporary.resolve("empty"));
        restore(info.id(), "empty").open().close();
    }

    @Test
    void aRepositoryInTheStoresOwnDirectoryIsRefused() {
        StorageEngine engine = fixture.open();
        for (String inner : List.of("", "backups", "tables/../x", "../store/tables")) {
            assertThatThrownBy(() -> engine.copies().backup(fixture.directory.resolve(inner), MEMBERS))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("lies in the store's own directory");
        }
        engine.close();
    }

    @Test
    void unknownBackupsAreRefused() {
        StorageEngine engine = fixture.open();
        backup(engine);
        engine.close();
        assertThatThrownBy(() -> restore(UNKNOWN, "restored"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("there is no backup " + UNKNOWN);
        for (String wrong : List.of("latest", "", "../x", UNKNOWN + "0", "20209901T000000000Z-0123456789abcdef")) {
            assertThatThrownBy(() -> restore(wrong, "restored"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + wrong + "'");
        }
        assertThat(temporary.resolve("restored")).doesNotExist();
    }

    @Test
    void aDamagedTableIsNamedAndTheRestoreCanBeDoneAgain() throws IOException {
        StorageEngine engine = fixture.open();
        write(engine, "paris", cell("a", 10));
        BackupInfo info = backup(engine);
        engine.close();
        Path table = files("tables", ".sst").get(0);
        for (long position = 0; position < Files.size(table); position += 7) {
            flip(table, position);
            assertThatThrownBy(() -> restore(info.id(), "restored"))
                    .isInstanceOf(CorruptDataException.class)
                    .hasMessageContaining(table.toString());
            flip(table, position);
        }
        byte[] whole = Files.readAllBytes(table);
        Files.write(table, new byte[10]);
        assertThatThrownBy(() -> restore(info.id(), "restored")).hasMessageContaining("10 bytes of " + whole.length);
        Files.delete(table);
        assertThatThrownBy(() -> restore(info.id(), "restored")).hasMessageContaining("is missing");
        Files.write(table, whole);
        assertThat(text(restore(info.id(), "restored").open(), "paris")).isEqualTo("a");
    }

    @Test
    void everyDamageOfABackupsFileIsFound() throws IOException {
        StorageEngine engine = fixture.open();
        write(engine, "paris", cell("a", 10));
        BackupInfo first = backup(engine);
        BackupInfo second = backup(engine);
        engine.close();
        Path file = files("backups", first.id() + ".backup").get(0);
        for (long position = 0; position < Files.size(file); position++) {
            flip(file, position);
            assertThatThrownBy(() -> restore(first.id(), "restored"))
                    .isInstanceOf(CorruptDataException.class)
                    .hasMessageContaining(file.toString());
            flip(file, position);
        }
        flip(file, 20);
        assertThat(repository().list()).hasSize(2);
        assertThat(repository().list().get(0).damage())
                .hasValueSatisfying(why -> assertThat(why).contains("is damaged"));
        assertThat(repository().list().get(1)).isEqualTo(second);
        // It may need the table, as far as anybody can tell, so that stays until the damaged one is deleted too.
        repository().delete(BackupId.parse(second.id()));
        assertThat(files("tables", ".sst")).hasSize(1);
        repository().delete(BackupId.parse(first.id()));
        assertThat(files("tables", ".sst")).isEmpty();
    }

    @Test
    void aBackupOfALaterVersionIsRefused() throws IOException {
        StorageEngine engine = fixture.open();
        BackupInfo info = backup(engine);
        Path file = files("backups", ".backup").get(0);
        byte[] bytes = Files.readAllBytes(file);
        bytes[11] = 2;
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - 4);
        ByteBuffer.wrap(bytes).putInt(bytes.length - 4, (int) crc.getValue());
        Files.write(file, bytes);
        assertThatThrownBy(() -> restore(info.id(), "restored"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("version 2, this library reads version 1");
        assertThat(temporary.resolve("restored")).doesNotExist();
        assertThat(backup(engine).copiedTables()).isZero();
        engine.close();
    }

    @Test
    void aFileThatIsTooLargeForABackupIsNotRead() throws IOException {
        StorageEngine engine = fixture.open();
        BackupInfo info = backup(engine);
        engine.close();
        try (RandomAccessFile content =
                new RandomAccessFile(files("backups", ".backup").get(0).toFile(), "rw")) {
            content.setLength(64 * 1024 * 1024 + 1);
        }
        assertThatThrownBy(() -> restore(info.id(), "restored"))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("67108865 bytes, of which 67108864 are allowed");
    }

    @Test
    void aDamagedTableOfTheStoreIsNotBackedUp() throws IOException {
        StorageEngine engine = fixture.open();
        write(engine, "paris", cell("a", 10));
        engine.flush();
        flip(fixture.directory.resolve("tables/0000000001.sst"), 12);
        assertThatThrownBy(() -> backup(engine))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining("0000000001.sst is damaged");
        assertThat(repository().list()).isEmpty();
        assertThat(files("tables", "")).isEmpty();
        engine.close();
    }

    @Test
    void whatUnfinishedBackupsLeaveIsClearedAwayByTheNext() throws IOException {
        StorageEngine engine = fixture.open();
        write(engine, "paris", cell("a", 10));
        backup(engine);
        Path member = repository.resolve(engine.nodeId().toString());
        Path tables = member.resolve("tables");
        Files.writeString(tables.resolve("0000000009-00.sst.tmp"), "half");
        Files.writeString(tables.resolve("0000000009-00.sst"), "never published");
        Files.writeString(member.resolve("backups").resolve("x.backup.tmp"), "half");
        backup(engine);
        assertThat(files("tables", "")).hasSize(1);
        assertThat(files("backups", "")).hasSize(2);
        engine.close();
    }

    @Test
    void oneBackupOfAMemberAtATime() throws IOException {
        StorageEngine engine = fixture.open();
        BackupInfo info = backup(engine);
        Path directory = repository.resolve(engine.nodeId().toString());
        FileLock lock = new DiskFileSystem().lock(directory.resolve("LOCK"));
        assertThatThrownBy(() -> backup(engine))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("another backup of this member");
        assertThatThrownBy(() -> repository().delete(BackupId.parse(info.id())))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("another backup of this member");
        lock.close();
        assertThat(backup(engine).tables()).isZero();
        engine.close();
        assertThatThrownBy(() -> engine.copies().backup(repository, MEMBERS)).isInstanceOf(StoreClosedException.class);
    }

    @Test
    void aBackupThatFailsHarmsNothing() throws IOException {
        StorageEngine engine = fixture.open();
        write(engine, "paris", cell("a", 10));
        engine.flush();
        int callsBefore = fixture.files.calls().size();
        BackupInfo whole = backup(engine);
        int calls = fixture.files.calls().size() - callsBefore;
        for (int failing = 0; failing < calls; failing++) {
            write(engine, "oslo", cell("b", 20 + failing));
            engine.flush();
            fixture.files.failAfter(failing);
            try {
                backup(engine);
            } catch (StoreException e) {
                assertThat(e).hasMessageContaining("No space left on device");
            }
            fixture.files.heal();
        }
        assertThat(engine.readOnlyReason()).isEmpty();
        backup(engine);
        engine.close();
        int number = 0;
        for (BackupInfo info : repository().list()) {
            assertThat(info.damage()).isEmpty();
            assertThat(text(restore(info.id(), "restored" + number++).open(), "paris"))
                    .isEqualTo("a");
        }
        assertThat(repository().list()).contains(whole).hasSizeGreaterThan(1);
    }
}
