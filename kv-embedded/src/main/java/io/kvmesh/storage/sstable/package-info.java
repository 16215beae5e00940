/**
 * Immutable sorted files. Read {@link io.kvmesh.storage.sstable.TableWriter} and
 * {@link io.kvmesh.storage.sstable.TableReader} first.
 */
@NullMarked
package io.kvmesh.storage.sstable;

import org.jspecify.annotations.NullMarked;
