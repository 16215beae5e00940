package io.kvmesh.api;

import java.time.Instant;
import java.util.Optional;

/**
 * A backup in a repository. Immutable.
 *
 * @param id its name, which is as {@code 20261231T235959999Z-0123456789abcdef}: when it was taken, and of which member
 * @param nodeId the member it was taken of
 * @param tables how many SSTables it consists of
 * @param tableBytes what those weigh, also the ones that it shares with other backups
 * @param copiedTables how many of them no earlier backup had when it was taken
 * @param copiedBytes what those weigh
 * @param damage why the backup cannot be read; then its figures are 0
 */
public record BackupInfo(
        String id,
        String nodeId,
        Instant taken,
        int tables,
        long tableBytes,
        int copiedTables,
        long copiedBytes,
        Optional<String> damage) {}
