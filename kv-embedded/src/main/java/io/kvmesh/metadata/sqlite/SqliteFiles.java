package io.kvmesh.metadata.sqlite;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.Properties;
import org.sqlite.JDBC;

/** What the SQLite files of a member have in common. Stateless. */
final class SqliteFiles {
    private static final int BUSY_TIMEOUT_MILLIS = 2_000;

    private SqliteFiles() {}

    /** Opens a file, and creates it if it is not there. */
    static Connection connect(Path file) throws SQLException {
        // As a URI: in a plain file name the driver would take what follows a '?' for settings.
        return JDBC.createConnection(JDBC.PREFIX + file.toUri(), new Properties());
    }

    /** Lets statements wait a while for another process that has the file open, such as a tool. */
    static void waitForOthers(Statement statement) throws SQLException {
        statement.execute("PRAGMA busy_timeout = " + BUSY_TIMEOUT_MILLIS);
    }

    /** The number that a query yields; 0 if it yields none. */
    static int number(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }

    /** The first thing that is wrong with the pages of the file. */
    static Optional<String> findDamage(Statement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery("PRAGMA quick_check(1)")) {
            String result = rows.next() ? rows.getString(1) : "no answer";
            return "ok".equals(result) ? Optional.empty() : Optional.of(result);
        }
    }
}
