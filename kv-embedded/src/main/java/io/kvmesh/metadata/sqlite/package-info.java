/**
 * The node store in a SQLite file: {@link io.kvmesh.metadata.sqlite.SqliteNodeStore}. JDBC and SQLite are used here and
 * nowhere else.
 */
@NullMarked
package io.kvmesh.metadata.sqlite;

import org.jspecify.annotations.NullMarked;
