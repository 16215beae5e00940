package io.kvmesh.metadata.sqlite;

import io.kvmesh.metadata.Hint;
import io.kvmesh.metadata.HintStore;
import io.kvmesh.metadata.HintStoreException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The hint store in the file {@code hints.db}. One thread at a time; any thread may be that one.
 *
 * <p>The file is in WAL mode with synchronous FULL, since a hint that was acknowledged must survive a loss of power.
 * Each call that changes something is one transaction, so a caller that adds many hints at once pays for one sync.
 */
public final class SqliteHintStore implements HintStore {
    /** The name of the file in the directory that is opened. */
    public static final String FILE_NAME = "hints.db";

    /** The version of the tables, kept in SQLite's {@code user_version}. A file of a later version is refused. */
    static final int SCHEMA_VERSION = 1;
    /** Marks the file as ours: "KvHt". */
    static final int APPLICATION_ID = 0x4B764874;

    private final Path file;
    private final Connection connection;
    private final PreparedStatement selectKept;
    private final PreparedStatement insert;
    private final PreparedStatement deleteOlder;
    private final PreparedStatement selectPage;
    private final PreparedStatement delete;

    private SqliteHintStore(Path file, Connection connection) throws SQLException {
        this.file = file;
        this.connection = connection;
        // Of the columns beside min() SQLite takes the values of the row that has the minimum.
        selectKept = connection.prepareStatement(
                "SELECT target, count(*), sum(bytes), created, min(id) FROM hint GROUP BY" + " target");
        insert = connection.prepareStatement("INSERT INTO hint"
                + " (target, map, storage_key, stamp, origin, expiry, value, created, bytes)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
        deleteOlder = connection.prepareStatement("DELETE FROM hint WHERE target = ? AND map = ? AND storage_key = ?"
                + " AND (stamp < ? OR (stamp = ? AND origin = ?)) RETURNING bytes");
        selectPage = connection.prepareStatement("SELECT id, map, storage_key, stamp, origin, expiry, value, created"
                + " FROM hint WHERE target = ? AND id > ? ORDER BY id LIMIT ?");
        delete = connection.prepareStatement("DELETE FROM hint WHERE id = ? RETURNING bytes");
    }

    /**
     * Opens the store in a directory, which must exist, and creates its file if it is not there.
     *
     * @throws HintStoreException if the file cannot be opened, is damaged, is no hint store, or has a later schema
     */
    public static SqliteHintStore open(Path directory) {
        Path file = directory.resolve(FILE_NAME);
        Connection connection = null;
        try {
            connection = SqliteFiles.connect(file);
            prepare(file, connection);
            return new SqliteHintStore(file, connection);
        } catch (SQLException e) {
            HintStoreException failure =
                    new HintStoreException("cannot open the hint store " + file + ": " + e.getMessage(), e);
            closeAfter(failure, connection);
            throw failure;
        } catch (HintStoreException e) {
            closeAfter(e, connection);
            throw e;
        }
    }

    @Override
    public SortedMap<NodeId, Kept> kept() {
        return attempt("count the hints of", () -> {
            TreeMap<NodeId, Kept> kept = new TreeMap<>();
            try (ResultSet rows = selectKept.executeQuery()) {
                while (rows.next()) {
                    kept.put(new NodeId(rows.getLong(1)), new Kept(rows.getLong(2), rows.getLong(3), rows.getLong(4)));
                }
            }
            return kept;
        });
    }

    @Override
    public SortedMap<NodeId, Removed> add(List<Hint> hints) {
        return attempt(
                "add hints to",
                () -> inTransaction(() -> {
                    TreeMap<NodeId, Removed> removed = new TreeMap<>();
                    for (Hint hint : hints) {
                        Removed older = deleteOlder(hint);
                        if (older.count() > 0) {
                            removed.merge(hint.target(), older, Removed::plus);
                        }
                        add(hint);
                    }
                    return removed;
                }));
    }

    private Removed deleteOlder(Hint than) throws SQLException {
        Version version = than.cell().version();
        deleteOlder.setLong(1, than.target().value());
        deleteOlder.setLong(2, than.map().value());
        deleteOlder.setBytes(3, than.key().bytes());
        deleteOlder.setLong(4, version.timestampMicros());
        deleteOlder.setLong(5, version.timestampMicros());
        deleteOlder.setLong(6, version.origin().value());
        return deleted(deleteOlder);
    }

    /** Runs a statement that returns the bytes of what it deletes. */
    private static Removed deleted(PreparedStatement statement) throws SQLException {
        Removed removed = Removed.NOTHING;
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                removed = removed.plus(new Removed(1, rows.getLong(1)));
            }
        }
        return removed;
    }

    private void add(Hint hint) throws SQLException {
        Cell cell = hint.cell();
        insert.setLong(1, hint.target().value());
        insert.setLong(2, hint.map().value());
        insert.setBytes(3, hint.key().bytes());
        insert.setLong(4, cell.version().timestampMicros());
        insert.setLong(5, cell.version().origin().value());
        insert.setLong(6, cell.expiryMicros());
        insert.setBytes(7, cell.isTombstone() ? null : cell.value());
        insert.setLong(8, hint.createdMicros());
        insert.setLong(9, hint.bytes());
        insert.executeUpdate();
    }

    @Override
    public List<Hint> page(NodeId target, long afterId, int countMax, long bytesMax) {
        return attempt("read hints from", () -> {
            selectPage.setLong(1, target.value());
            selectPage.setLong(2, afterId);
            selectPage.setInt(3, countMax);
            List<Hint> page = new ArrayList<>();
            long bytes = 0;
            try (ResultSet rows = selectPage.executeQuery()) {
                while (bytes < bytesMax && rows.next()) {
                    Hint hint = read(target, rows);
                    page.add(hint);
                    bytes += hint.bytes();
                }
            }
            return page;
        });
    }

    private static Hint read(NodeId target, ResultSet row) throws SQLException {
        Version version = new Version(row.getLong(4), new NodeId(row.getLong(5)));
        byte[] value = row.getBytes(7);
        Cell cell = value == null ? Cell.tombstone(version) : Cell.expiring(value, version, row.getLong(6));
        return new Hint(
                row.getLong(1),
                target,
                new MapId(row.getLong(2)),
                Key.ofStorageBytes(row.getBytes(3)),
                cell,
                row.getLong(8));
    }

    @Override
    public Removed remove(List<Hint> hints) {
        return attempt(
                "remove hints from",
                () -> inTransaction(() -> {
                    Removed removed = Removed.NOTHING;
                    for (Hint hint : hints) {
                        delete.setLong(1, hint.id());
                        removed = removed.plus(deleted(delete));
                    }
                    return removed;
                }));
    }

    /** Gives the file's space back to the disk if there are no hints left: they may have been many. */
    @Override
    public void close() {
        attempt("close", () -> {
            if (!connection.isClosed()) {
                try (Statement statement = connection.createStatement()) {
                    boolean empty = SqliteFiles.number(statement, "SELECT EXISTS (SELECT 1 FROM hint)") == 0;
                    if (empty && SqliteFiles.number(statement, "PRAGMA freelist_count") > 0) {
                        statement.execute("VACUUM");
                    }
                }
                connection.close();
            }
            return true;
        });
    }

    private static void prepare(Path file, Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            SqliteFiles.waitForOthers(statement);
            int version = SqliteFiles.number(statement, "PRAGMA user_version");
            int tables = SqliteFiles.number(statement, "SELECT count(*) FROM sqlite_master");
            if (tables > 0 && SqliteFiles.number(statement, "PRAGMA application_id") != APPLICATION_ID) {
                throw new HintStoreException(file + " is a SQLite file, but not the hint store of a member");
            }
            if (version > SCHEMA_VERSION) {
                throw new HintStoreException(file + " has schema version " + version
                        + ", but this version of KvMesh reads versions up to " + SCHEMA_VERSION
                        + ": use the version of KvMesh that wrote it, or a later one");
            }
            SqliteFiles.findDamage(statement).ifPresent(damage -> {
                throw new HintStoreException("the hint store " + file + " is damaged: " + damage
                        + ". Close the store and delete the file: what it held is left to reads and repair");
            });
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA synchronous = FULL");
            if (tables == 0) {
                createTable(connection, statement);
            }
            // Files of earlier builds have no such index; those builds do without it.
            statement.execute("CREATE INDEX IF NOT EXISTS hint_of_key ON hint (target, map, storage_key)");
        }
    }

    private static void createTable(Connection connection, Statement statement) throws SQLException {
        connection.setAutoCommit(false);
        // AUTOINCREMENT: an identity is not given again when the last hint is removed, so their order is that of time.
        statement.execute("CREATE TABLE hint (id INTEGER PRIMARY KEY AUTOINCREMENT, target INTEGER NOT NULL,"
                + " map INTEGER NOT NULL, storage_key BLOB NOT NULL, stamp INTEGER NOT NULL, origin INTEGER NOT NULL,"
                + " expiry INTEGER NOT NULL, value BLOB, created INTEGER NOT NULL, bytes INTEGER NOT NULL)");
        statement.execute("CREATE INDEX hint_of_target ON hint (target)");
        statement.execute("PRAGMA application_id = " + APPLICATION_ID);
        statement.execute("PRAGMA user_version = " + SCHEMA_VERSION);
        connection.commit();
        connection.setAutoCommit(true);
    }

    private <T> T inTransaction(Work<T> work) throws SQLException {
        connection.setAutoCommit(false);
        try {
            T result = work.run();
            connection.commit();
            return result;
        } catch (SQLException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private <T> T attempt(String action, Work<T> work) {
        try {
            return work.run();
        } catch (SQLException e) {
            throw new HintStoreException("cannot " + action + " the hint store " + file + ": " + e.getMessage(), e);
        }
    }

    private static void closeAfter(HintStoreException failure, @Nullable Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    /** Something that the database may refuse. */
    private interface Work<T> {
        T run() throws SQLException;
    }
}
