package io.kvmesh.storage.backup;

import io.kvmesh.api.BackupInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a backup consists of. Immutable.
 *
 * @param state the items of the store's manifest, one behind the other
 * @param members what the member knew of its mesh; empty if it was alone
 * @param tables all tables that the state names
 * @param copiedTables how many of them no earlier backup had
 * @param copiedBytes what those weigh
 */
@SuppressWarnings("ArrayRecordComponent") // compared by content below, and never changed
public record BackupContents(
        BackupId id, byte[] state, byte[] members, List<BackupTable> tables, int copiedTables, long copiedBytes) {
    public BackupContents {
        tables = List.copyOf(tables);
    }

    public BackupInfo info() {
        long bytes = tables.stream().mapToLong(BackupTable::sizeBytes).sum();
        return new BackupInfo(
                id.toString(),
                id.node().toString(),
                id.taken(),
                tables.size(),
                bytes,
                copiedTables,
                copiedBytes,
                Optional.empty());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BackupContents that
                && id.equals(that.id)
                && Arrays.equals(state, that.state)
                && Arrays.equals(members, that.members)
                && tables.equals(that.tables)
                && copiedTables == that.copiedTables
                && copiedBytes == that.copiedBytes;
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return "backup " + id + " of " + tables.size() + " tables";
    }
}
