package io.kvmesh.storage.sstable;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Key;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Goes from data block to data block of a table, either way. Not safe for several threads. */
final class BlockWalk {
    /** Where the blocks come from. */
    interface Source {
        Block block(Block entries, int partition, int entry);

        /** A partition of the index of the table. */
        default Block partition(TableReader table, int partition) {
            return table.partitionForWalk(partition);
        }
    }

    private final TableReader table;
    private final Source source;
    private int partition;
    private @Nullable Block entries;
    private int entry;

    /** Stands before the first block, takes blocks from the cache or the file, and puts none into the cache. */
    BlockWalk(TableReader table) {
        this(table, table::blockForWalk);
    }

    BlockWalk(TableReader table, Source source) {
        this.table = table;
        this.source = source;
        this.partition = -1;
    }

    /** The only block that can have a key, which the table must cover. */
    Block seek(Key key) {
        partition = table.index().partitionOf(key.bytes());
        Block current = source.partition(table, partition);
        entries = current;
        entry = table.entryOf(current, partition, key);
        return source.block(current, partition, entry);
    }

    /** The next block, or the first one at the beginning; null at the end. */
    @Nullable
    Block next() {
        Block current = entries;
        if (current == null || entry + 1 == current.count()) {
            if (partition + 1 == table.index().partitions()) {
                return null;
            }
            partition++;
            entry = -1;
            current = source.partition(table, partition);
            entries = current;
        }
        entry++;
        return source.block(current, partition, entry);
    }

    /** The last block. */
    Block last() {
        partition = table.index().partitions() - 1;
        Block current = source.partition(table, partition);
        entries = current;
        entry = current.count() - 1;
        return source.block(current, partition, entry);
    }

    /** The block before; null at the beginning. */
    @Nullable
    Block previous() {
        Block current = Objects.requireNonNull(entries, "the walk stands on no block");
        if (entry == 0) {
            if (partition == 0) {
                return null;
            }
            partition--;
            current = source.partition(table, partition);
            entries = current;
            entry = current.count();
        }
        entry--;
        return source.block(current, partition, entry);
    }

    /** The error of the block that the walk stands on. */
    CorruptDataException damaged(MalformedBytesException cause) {
        return table.damaged(Objects.requireNonNull(entries).entryOffset(entry), cause);
    }
}
