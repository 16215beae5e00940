package io.kvmesh.storage.sstable;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Key;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Goes from data block to data block of a table, either way. Not safe for several threads. A block that it gives is
 * valid until the next one is asked for, or the walk is closed.
 */
final class BlockWalk {
    /** Where the blocks come from. */
    interface Source {
        /** A data block. */
        Block block(Block entries, int partition, int entry);

        /** A partition of the index of the table, which the walk lets go of. */
        default Block partition(TableReader table, int partition) {
            return table.partitionForWalk(partition);
        }

        /** The walk has finished with a data block. */
        void letGo(Block block);
    }

    private final TableReader table;
    private final Source source;
    private int partition;
    private @Nullable Block entries;
    private int entry;
    private @Nullable Block block;

    BlockWalk(TableReader table, Source source) {
        this.table = table;
        this.source = source;
        this.partition = -1;
    }

    /** The only block that can have a key, which the table must cover. */
    Block seek(Key key) {
        Block current = enter(table.index().partitionOf(key.bytes()));
        return give(current, table.entryOf(current, partition, key));
    }

    /** The next block, or the first one at the beginning; null at the end. */
    @Nullable
    Block next() {
        Block current = entries;
        if (current != null && entry + 1 < current.count()) {
            return give(current, entry + 1);
        }
        return partition + 1 < table.index().partitions() ? give(enter(partition + 1), 0) : null;
    }

    /** The last block. */
    Block last() {
        Block current = enter(table.index().partitions() - 1);
        return give(current, current.count() - 1);
    }

    /** The block before; null at the beginning. */
    @Nullable
    Block previous() {
        Block current = Objects.requireNonNull(entries, "the walk stands on no block");
        if (entry > 0) {
            return give(current, entry - 1);
        }
        if (partition == 0) {
            return null;
        }
        current = enter(partition - 1);
        return give(current, current.count() - 1);
    }

    private Block enter(int next) {
        close();
        partition = next;
        Block current = source.partition(table, partition);
        entries = current;
        return current;
    }

    private Block give(Block current, int next) {
        letGoOfBlock();
        entry = next;
        Block given = source.block(current, partition, entry);
        block = given;
        return given;
    }

    private void letGoOfBlock() {
        Block given = block;
        if (given != null) {
            block = null;
            source.letGo(given);
        }
    }

    /** Lets go of what it stands on. */
    void close() {
        letGoOfBlock();
        Block current = entries;
        if (current != null) {
            entries = null;
            table.letGo(current);
        }
    }

    /** The error of the block that the walk stands on. */
    CorruptDataException damaged(MalformedBytesException cause) {
        return table.damaged(Objects.requireNonNull(entries).entryOffset(entry), cause);
    }
}
