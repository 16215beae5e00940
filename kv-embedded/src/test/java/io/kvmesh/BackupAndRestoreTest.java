package io.kvmesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.BackupInfo;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.StoreException;
import io.kvmesh.metadata.NodeStore.KnownPeer;
import io.kvmesh.metadata.sqlite.SqliteNodeStore;
import io.kvmesh.model.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupAndRestoreTest {
    private static final int RECORDS = 2_000;
    private static final byte[] RING = {1, 2, 3};
    private static final KnownPeer PEER = new KnownPeer(new NodeId(9), 5, "10.0.0.9", 7_001);

    @TempDir
    Path temporary;

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private static KvMap<String, Integer> map(KvStore store) {
        return store.map("numbers", String.class, Integer.class);
    }

    private static void write(KvStore store, int offset) {
        for (int i = 0; i < RECORDS; i++) {
            map(store).set("k" + i, i + offset);
        }
    }

    private static void check(Path directory, int offset) {
        try (KvStore store = KvStore.open(directory)) {
            for (int i = 0; i < RECORDS; i++) {
                assertThat(map(store).get("k" + i)).isEqualTo(i + offset);
            }
        }
    }

    @Test
    void aStoreThatWasDeletedIsRestoredFromEachOfItsBackups() throws IOException {
        Path directory = temporary.resolve("store");
        Path repository = temporary.resolve("backups");
        String nodeId;
        try (KvStore store = KvStore.open(directory)) {
            nodeId = store.admin().nodeId();
            write(store, 0);
            store.admin().backup(repository);
            write(store, 1_000_000);
            store.admin().backup(repository);
            assertThat(store.admin().backups(repository)).isEqualTo(KvStore.backups(repository));
        }
        List<BackupInfo> backups = KvStore.backups(repository);
        assertThat(backups).hasSize(2).allMatch(backup -> backup.nodeId().equals(nodeId));
        assertThatThrownBy(() -> KvStore.restore(repository, backups.get(0).id(), directory))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("has files");
        delete(directory);
        KvStore.restore(repository, backups.get(0).id(), directory);
        check(directory, 0);
        delete(directory);
        KvStore.restore(repository, backups.get(1).id(), directory);
        check(directory, 1_000_000);
        try (KvStore store = KvStore.open(directory)) {
            assertThat(store.admin().nodeId()).isEqualTo(nodeId);
            store.admin().deleteBackup(repository, backups.get(1).id());
            store.admin().deleteBackup(repository, backups.get(0).id());
        }
        assertThat(KvStore.backups(repository)).isEmpty();
    }

    @Test
    void aSnapshotIsADirectoryOfItsOwn() {
        Path directory = temporary.resolve("store");
        Path snapshot;
        try (KvStore store = KvStore.open(directory)) {
            write(store, 0);
            snapshot = store.admin().snapshot("before");
            write(store, 1_000_000);
            assertThat(store.admin().snapshots()).containsExactly("before");
            check(snapshot, 0);
            store.admin().deleteSnapshot("before");
            assertThat(snapshot).doesNotExist();
            assertThat(store.admin().snapshots()).isEmpty();
        }
        check(directory, 1_000_000);
    }

    /** A store that is alone now, in the directory of one that was a member of a mesh. */
    @Test
    void whatAMemberKnewOfItsMeshIsInSnapshotsAndBackups() {
        Path directory = temporary.resolve("store");
        Path repository = temporary.resolve("backups");
        KvStore.open(directory).close();
        try (SqliteNodeStore known = SqliteNodeStore.open(directory)) {
            known.saveRecord("ring", RING);
            known.savePeer(PEER);
        }
        Path snapshot;
        BackupInfo backup;
        try (KvStore store = KvStore.open(directory)) {
            snapshot = store.admin().snapshot("one");
            backup = store.admin().backup(repository);
        }
        KvStore.restore(repository, backup.id(), temporary.resolve("restored"));
        for (Path copy : List.of(snapshot, temporary.resolve("restored"))) {
            try (SqliteNodeStore known = SqliteNodeStore.open(copy)) {
                assertThat(known.record("ring").orElseThrow()).isEqualTo(RING);
                assertThat(known.peers()).containsExactly(PEER);
            }
        }
    }
}
