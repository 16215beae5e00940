/**
 * Repositories of backups. Read {@link io.kvmesh.storage.backup.BackupRepository} and {@link
 * io.kvmesh.storage.backup.BackupWriter} first.
 */
@NullMarked
package io.kvmesh.storage.backup;

import org.jspecify.annotations.NullMarked;
