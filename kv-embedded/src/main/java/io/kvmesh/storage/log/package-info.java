/** The commit log. Read {@link io.kvmesh.storage.log.CommitLog} and {@link io.kvmesh.storage.log.LogRecovery} first. */
@NullMarked
package io.kvmesh.storage.log;

import org.jspecify.annotations.NullMarked;
