package io.kvmesh.metadata.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.metadata.Hint;
import io.kvmesh.metadata.HintStoreException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteHintStoreTest {
    private static final NodeId TARGET = new NodeId(-3);

    @TempDir
    private Path directory;

    @Test
    void aFileOfALaterVersionIsRefused() throws SQLException {
        SqliteHintStore.open(directory).close();
        execute("PRAGMA user_version = 2");
        assertThatThrownBy(() -> SqliteHintStore.open(directory))
                .isInstanceOf(HintStoreException.class)
                .hasMessageContaining(
                        "hints.db has schema version 2, but this version of KvMesh reads versions up to 1");
    }

    @Test
    void anotherSqliteFileIsRefused() throws SQLException {
        execute("CREATE TABLE mine (id INTEGER)");
        assertThatThrownBy(() -> SqliteHintStore.open(directory))
                .isInstanceOf(HintStoreException.class)
                .hasMessageContaining("is a SQLite file, but not the hint store of a member");
    }

    @Test
    void whatIsNoSqliteFileIsRefused() throws IOException {
        Files.writeString(file(), "this is not a database file, and long enough to be looked at as one".repeat(20));
        assertThatThrownBy(() -> SqliteHintStore.open(directory))
                .isInstanceOf(HintStoreException.class)
                .hasMessageContaining("cannot open the hint store " + file());
    }

    @Test
    void hintsThatCannotAllBeAddedAreNotAdded() throws SQLException {
        SqliteHintStore store = SqliteHintStore.open(directory);
        execute(
                "CREATE TRIGGER no_more BEFORE INSERT ON hint WHEN new.created = 2 BEGIN SELECT RAISE(ABORT, 'no'); END");
        assertThatThrownBy(() -> store.add(List.of(hint(1, 1), hint(2, 1))))
                .isInstanceOf(HintStoreException.class)
                .hasMessageContaining("cannot add hints to the hint store");
        assertThat(store.kept()).isEmpty();
        store.add(List.of(hint(3, 1)));
        assertThat(store.kept()).hasSize(1);
        store.close();
    }

    @Test
    void theFileShrinksWhenItIsClosedAfterManyHintsWereRemoved() throws IOException {
        SqliteHintStore store = SqliteHintStore.open(directory);
        List<Hint> many = new ArrayList<>();
        for (int i = 1; i <= 200; i++) {
            many.add(hint(i, 10_000));
        }
        store.add(many);
        store.close();
        assertThat(Files.size(file())).isGreaterThan(2_000_000);
        SqliteHintStore again = SqliteHintStore.open(directory);
        again.remove(again.page(TARGET, Hint.NO_ID, 1_000, 1L << 30));
        again.close();
        assertThat(Files.size(file())).isLessThan(100_000);
    }

    @Test
    void aClosedStoreRefuses() {
        SqliteHintStore store = SqliteHintStore.open(directory);
        store.close();
        assertThatThrownBy(store::kept)
                .isInstanceOf(HintStoreException.class)
                .hasMessageContaining("cannot count the hints of the hint store " + file());
    }

    private Path file() {
        return directory.resolve("hints.db");
    }

    private void execute(String statement) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement executed = connection.createStatement()) {
            executed.execute(statement);
        }
    }

    private static Hint hint(long createdMicros, int valueBytes) {
        Cell cell = Cell.of(new byte[valueBytes], new Version(1, TARGET));
        return Hint.of(
                TARGET,
                MapId.ofName("m"),
                Key.of(0, new byte[] {(byte) (createdMicros >> 8), (byte) createdMicros}),
                cell,
                createdMicros);
    }
}
