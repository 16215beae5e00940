/** The LSM engine of one member: {@link io.kvmesh.storage.StorageEngine}. */
@NullMarked
package io.kvmesh.storage;

import org.jspecify.annotations.NullMarked;
