package io.kvmesh.metadata.sqlite;

import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The node store in the file {@code node.db}. One thread at a time; any thread may be that one.
 *
 * <p>The file is in WAL mode with synchronous FULL: what a member has told others, its votes above all, must not
 * be gone after a loss of power, and changes are so rare that a sync for each costs nothing.
 */
public final class SqliteNodeStore implements NodeStore {
    /** The name of the file in the directory that is opened. */
    public static final String FILE_NAME = "node.db";

    /** The version of the tables, kept in SQLite's {@code user_version}. A file of a later version is refused. */
    static final int SCHEMA_VERSION = 2;
    /** Marks the file as ours: "KvMs". */
    static final int APPLICATION_ID = 0x4B764D73;

    private final Path file;
    private final Connection connection;
    private final PreparedStatement selectPeers;
    private final PreparedStatement replacePeer;
    private final PreparedStatement deletePeer;
    private final PreparedStatement selectRecord;
    private final PreparedStatement replaceRecord;

    private SqliteNodeStore(Path file, Connection connection) throws SQLException {
        this.file = file;
        this.connection = connection;
        selectPeers = connection.prepareStatement("SELECT node, generation, host, port FROM peer");
        replacePeer = connection.prepareStatement(
                "INSERT OR REPLACE INTO peer (node, generation, host, port) VALUES (?, ?, ?, ?)");
        deletePeer = connection.prepareStatement("DELETE FROM peer WHERE node = ?");
        selectRecord = connection.prepareStatement("SELECT bytes FROM record WHERE name = ?");
        replaceRecord = connection.prepareStatement("INSERT OR REPLACE INTO record (name, bytes) VALUES (?, ?)");
    }

    /**
     * Opens the store in a directory, which must exist, and creates its file if it is not there.
     *
     * @throws NodeStoreException if the file cannot be opened, is damaged, is no node store, or has a later schema
     */
    public static SqliteNodeStore open(Path directory) {
        Path file = directory.resolve(FILE_NAME);
        Connection connection = null;
        try {
            connection = SqliteFiles.connect(file);
            prepare(file, connection);
            return new SqliteNodeStore(file, connection);
        } catch (SQLException e) {
            NodeStoreException failure =
                    new NodeStoreException("cannot open the node store " + file + ": " + e.getMessage(), e);
            closeAfter(failure, connection);
            throw failure;
        } catch (NodeStoreException e) {
            closeAfter(e, connection);
            throw e;
        }
    }

    @Override
    public List<KnownPeer> peers() {
        return attempt("read the peers from", () -> {
            List<KnownPeer> peers = new ArrayList<>();
            try (ResultSet rows = selectPeers.executeQuery()) {
                while (rows.next()) {
                    peers.add(new KnownPeer(
                            new NodeId(rows.getLong(1)), rows.getLong(2), rows.getString(3), rows.getInt(4)));
                }
            }
            peers.sort(Comparator.comparing(KnownPeer::node));
            return List.copyOf(peers);
        });
    }

    @Override
    public void savePeer(KnownPeer peer) {
        attempt("save a peer to", () -> {
            replacePeer.setLong(1, peer.node().value());
            replacePeer.setLong(2, peer.generation());
            replacePeer.setString(3, peer.host());
            replacePeer.setInt(4, peer.port());
            return replacePeer.executeUpdate();
        });
    }

    @Override
    public void removePeer(NodeId peer) {
        attempt("remove a peer from", () -> {
            deletePeer.setLong(1, peer.value());
            return deletePeer.executeUpdate();
        });
    }

    @Override
    public Optional<byte[]> record(String name) {
        return attempt("read the record '" + name + "' from", () -> {
            selectRecord.setString(1, name);
            try (ResultSet rows = selectRecord.executeQuery()) {
                return rows.next() ? Optional.of(rows.getBytes(1)) : Optional.empty();
            }
        });
    }

    @Override
    public void saveRecord(String name, byte[] bytes) {
        attempt("save the record '" + name + "' to", () -> {
            replaceRecord.setString(1, name);
            replaceRecord.setBytes(2, bytes);
            return replaceRecord.executeUpdate();
        });
    }

    @Override
    public void close() {
        attempt("close", () -> {
            connection.close();
            return true;
        });
    }

    private static void prepare(Path file, Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            SqliteFiles.waitForOthers(statement);
            int version = SqliteFiles.number(statement, "PRAGMA user_version");
            int tables = SqliteFiles.number(statement, "SELECT count(*) FROM sqlite_master");
            if (tables > 0 && SqliteFiles.number(statement, "PRAGMA application_id") != APPLICATION_ID) {
                throw new NodeStoreException(file + " is a SQLite file, but not the node store of a member");
            }
            if (version > SCHEMA_VERSION) {
                throw new NodeStoreException(file + " has schema version " + version
                        + ", but this version of KvMesh reads versions up to " + SCHEMA_VERSION
                        + ": use the version of KvMesh that wrote it, or a later one");
            }
            if (tables > 0 && version < SCHEMA_VERSION) {
                throw new NodeStoreException(file + " has schema version " + version
                        + ", of a version of KvMesh before the first release, which this one does not read");
            }
            SqliteFiles.findDamage(statement).ifPresent(damage -> {
                throw new NodeStoreException("the node store " + file + " is damaged: " + damage);
            });
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA synchronous = FULL");
            if (tables == 0) {
                createTables(connection, statement);
            }
        }
    }

    private static void createTables(Connection connection, Statement statement) throws SQLException {
        connection.setAutoCommit(false);
        statement.execute("CREATE TABLE peer (node INTEGER PRIMARY KEY, generation INTEGER NOT NULL,"
                + " host TEXT NOT NULL, port INTEGER NOT NULL)");
        statement.execute("CREATE TABLE record (name TEXT PRIMARY KEY, bytes BLOB NOT NULL)");
        statement.execute("PRAGMA application_id = " + APPLICATION_ID);
        statement.execute("PRAGMA user_version = " + SCHEMA_VERSION);
        connection.commit();
        connection.setAutoCommit(true);
    }

    private <T> T attempt(String action, Work<T> work) {
        try {
            return work.run();
        } catch (SQLException e) {
            throw new NodeStoreException("cannot " + action + " the node store " + file + ": " + e.getMessage(), e);
        }
    }

    private static void closeAfter(NodeStoreException failure, @Nullable Connection connection) {
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
