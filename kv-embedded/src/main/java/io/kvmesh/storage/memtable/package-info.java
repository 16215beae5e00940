/** Sorted cells in memory: {@link io.kvmesh.storage.memtable.Memtable}. */
@NullMarked
package io.kvmesh.storage.memtable;

import org.jspecify.annotations.NullMarked;
