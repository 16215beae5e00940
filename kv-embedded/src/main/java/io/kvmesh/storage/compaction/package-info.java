/** Which SSTables are merged when. Pure functions over facts of tables: no file, no clock. */
@NullMarked
package io.kvmesh.storage.compaction;

import org.jspecify.annotations.NullMarked;
