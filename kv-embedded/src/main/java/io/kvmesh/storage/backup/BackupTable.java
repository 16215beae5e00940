package io.kvmesh.storage.backup;

import io.kvmesh.model.Hash128;
import java.util.Locale;

/**
 * A table in a repository. Immutable.
 *
 * @param crc CRC32C of the whole file
 * @param identity tells it from other tables of the same member and number, as a restored member may write
 */
public record BackupTable(long tableId, long sizeBytes, int crc, Hash128 identity) {

    String fileName() {
        return fileName(tableId, identity);
    }

    static String fileName(long tableId, Hash128 identity) {
        return String.format(Locale.ROOT, "%010d-%016x%016x.sst", tableId, identity.high(), identity.low());
    }
}
