package io.kvmesh.storage.sstable;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.Version;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds keys that ascend, and keeps the block of the last one for the next one. Not safe for several threads; who uses
 * it has entered the frames of blocks.
 */
final class TableLookups {
    private final TableReader table;
    private int partition = -1;
    private @Nullable Block entries;
    private int entry;
    private @Nullable Block block;
    private int blocks;

    TableLookups(TableReader table) {
        this.table = table;
    }

    /** The cell of a key that the table covers. */
    @Nullable
    Cell find(Key key) {
        Block content = seek(key);
        try {
            return content.find(key.bytes());
        } catch (MalformedBytesException e) {
            throw damaged(e);
        }
    }

    /** The version of the cell of a key that the table covers. */
    @Nullable
    Version findVersion(Key key) {
        Block content = seek(key);
        try {
            return content.findVersion(key.bytes());
        } catch (MalformedBytesException e) {
            throw damaged(e);
        }
    }

    /** The only block that can have a key. */
    private Block seek(Key key) {
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
            blocks++;
        }
        return content;
    }

    private CorruptDataException damaged(MalformedBytesException cause) {
        return table.damaged(Objects.requireNonNull(entries).entryOffset(entry), cause);
    }

    /** How many data blocks were looked at. */
    int blocks() {
        return blocks;
    }
}
