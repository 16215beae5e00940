/**
 * Node store and hint store in SQLite files: {@link io.kvmesh.metadata.sqlite.SqliteNodeStore},
 * {@link io.kvmesh.metadata.sqlite.SqliteHintStore}. JDBC and SQLite are used here and
 * nowhere else.
 */
@NullMarked
package io.kvmesh.metadata.sqlite;

import org.jspecify.annotations.NullMarked;
