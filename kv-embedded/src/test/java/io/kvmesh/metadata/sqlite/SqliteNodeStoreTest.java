package io.kvmesh.metadata.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.metadata.NodeStore.KnownPeer;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteNodeStoreTest {
    private static final KnownPeer HIGH = new KnownPeer(new NodeId(-2), 7, "host.example", 65_535);
    private static final KnownPeer LOW = new KnownPeer(new NodeId(5), 1, "10.0.0.5", 7000);

    @TempDir
    private Path directory;

    @Test
    void aNewStoreIsEmpty() {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            assertThat(store.record("name")).isEmpty();
            assertThat(store.peers()).isEmpty();
        }
        assertThat(directory.resolve("node.db")).exists();
    }

    @Test
    void whatWasSavedIsThereAfterReopening() {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            store.savePeer(HIGH);
            store.savePeer(LOW);
        }
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            assertThat(store.peers()).as("by identity, unsigned").containsExactly(LOW, HIGH);
        }
    }

    @Test
    void savingAgainReplaces() {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            store.savePeer(LOW);
            KnownPeer moved = new KnownPeer(LOW.node(), 2, "10.0.0.6", 7001);
            store.savePeer(moved);

            assertThat(store.peers()).containsExactly(moved);
            store.removePeer(LOW.node());
            store.removePeer(LOW.node());
            assertThat(store.peers()).isEmpty();
        }
    }

    @Test
    void aFileFromBeforeTheFirstReleaseIsRefused() throws SQLException {
        SqliteNodeStore.open(directory).close();
        execute("PRAGMA user_version = 1");

        assertThatThrownBy(() -> SqliteNodeStore.open(directory))
                .isInstanceOf(NodeStoreException.class)
                .hasMessageContaining("before the first release");
    }

    @Test
    void aFileOfALaterVersionIsRefused() throws SQLException {
        SqliteNodeStore.open(directory).close();
        execute("PRAGMA user_version = 3");

        assertThatThrownBy(() -> SqliteNodeStore.open(directory))
                .isInstanceOf(NodeStoreException.class)
                .hasMessage(directory.resolve("node.db") + " has schema version 3, but this version of KvMesh reads"
                        + " versions up to 2: use the version of KvMesh that wrote it, or a later one");
    }

    @Test
    void aDatabaseOfSomebodyElseIsRefusedAndLeftAlone() throws SQLException, IOException {
        execute("CREATE TABLE theirs (x)");
        byte[] before = Files.readAllBytes(directory.resolve("node.db"));

        assertThatThrownBy(() -> SqliteNodeStore.open(directory))
                .isInstanceOf(NodeStoreException.class)
                .hasMessageContaining("not the node store of a member");
        assertThat(Files.readAllBytes(directory.resolve("node.db"))).isEqualTo(before);
    }

    @Test
    void aFileThatIsNoDatabaseIsRefused() throws IOException {
        Files.write(directory.resolve("node.db"), new byte[8192]);
        Files.writeString(directory.resolve("node.db"), "this is not a database, it only has its name".repeat(100));

        assertThatThrownBy(() -> SqliteNodeStore.open(directory))
                .isInstanceOf(NodeStoreException.class)
                .hasMessageContaining("cannot open the node store " + directory.resolve("node.db"))
                .hasMessageContaining("not a database");
    }

    @Test
    void aDamagedFileIsRefused() throws IOException {
        try (SqliteNodeStore store = SqliteNodeStore.open(directory)) {
            for (int i = 0; i < 500; i++) {
                store.savePeer(new KnownPeer(new NodeId(i), i, "host" + i, i));
            }
        }
        Path file = directory.resolve("node.db");
        byte[] bytes = Files.readAllBytes(file);
        Arrays.fill(bytes, 4096 * 2, 4096 * 3, (byte) 0x5A);
        Files.write(file, bytes);

        assertThatThrownBy(() -> SqliteNodeStore.open(directory))
                .isInstanceOf(NodeStoreException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void aDirectoryThatIsNotThereIsNamed() {
        Path missing = directory.resolve("missing");

        assertThatThrownBy(() -> SqliteNodeStore.open(missing))
                .isInstanceOf(NodeStoreException.class)
                .hasMessageContaining("cannot open the node store " + missing.resolve("node.db"));
    }

    @Test
    void aDirectoryWithAnUnusualNameIsUsedAsItIs() throws IOException {
        Path unusual = Files.createDirectory(directory.resolve("a b?cache=shared#ä%20"));
        try (SqliteNodeStore store = SqliteNodeStore.open(unusual)) {
            store.savePeer(LOW);
        }
        assertThat(unusual.resolve("node.db")).exists();
        try (SqliteNodeStore store = SqliteNodeStore.open(unusual)) {
            assertThat(store.peers()).containsExactly(LOW);
        }
    }

    @Test
    void useAfterCloseIsAnError() {
        SqliteNodeStore store = SqliteNodeStore.open(directory);
        store.close();
        store.close();

        assertThatThrownBy(store::peers).isInstanceOf(NodeStoreException.class);
        assertThatThrownBy(() -> store.savePeer(LOW)).isInstanceOf(NodeStoreException.class);
    }

    @Test
    void writesAreInTheLogThatIsSyncedAtEveryCommit() throws SQLException {
        SqliteNodeStore.open(directory).close();

        assertThat(query("PRAGMA journal_mode")).isEqualTo("wal");
    }

    private void execute(String statement) throws SQLException {
        try (Connection connection = connect();
                Statement running = connection.createStatement()) {
            running.execute(statement);
        }
    }

    private String query(String query) throws SQLException {
        try (Connection connection = connect();
                Statement running = connection.createStatement();
                var rows = running.executeQuery(query)) {
            return rows.getString(1);
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("node.db"));
    }
}
