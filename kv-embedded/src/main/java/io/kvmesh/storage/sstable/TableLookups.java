package io.kvmesh.storage.sstable;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import org.jspecify.annotations.Nullable;

/** Finds keys that ascend, and keeps the block of the last one for the next one. Not safe for several threads. */
final class TableLookups {
    private final TableReader table;
    private int partition = -1;
    private @Nullable Block entries;
    private int entry;
    private @Nullable Block block;

    TableLookups(TableReader table) {
        this.table = table;
    }

    /** The cell of a key that the table covers. */
    @Nullable
    Cell find(Key key) {
        int wanted = table.index().partitionOf(key.bytes());
        Block current = entries;
        if (current == null || wanted != partition) {
            current = table.partition(wanted);
            entries = current;
            partition = wanted;
            block = null;
        }
        int wantedEntry = table.entryOf(current, partition, key);
        Block content = block;
        if (content == null || wantedEntry != entry) {
            content = table.block(current, partition, wantedEntry);
            block = content;
            entry = wantedEntry;
        }
        try {
            return content.find(key.bytes());
        } catch (MalformedBytesException e) {
            throw table.damaged(current.entryOffset(entry), e);
        }
    }
}
