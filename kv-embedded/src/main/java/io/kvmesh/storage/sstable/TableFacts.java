package io.kvmesh.storage.sstable;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Key;
import io.kvmesh.runtime.FileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** How a table is laid out in its file: for those who look at files, not for reading data. Stateless. */
public final class TableFacts {
    private TableFacts() {}

    /** A data block, and the least key in it. */
    public record BlockFacts(long offset, int storedBytes, int rawBytes, int records, Key first) {}

    /**
     * Opens a table whatever its file is called.
     *
     * @throws CorruptDataException if it is damaged
     */
    public static TableReader open(FileSystem files, Path path) throws IOException {
        long tableId;
        try (TableFile file = TableFile.open(files, path)) {
            tableId = file.tableId();
        }
        return TableReader.open(files, path, tableId, new BlockCache(0));
    }

    public static int blocks(TableReader table) {
        return table.index().blocks();
    }

    public static int partitions(TableReader table) {
        return table.index().partitions();
    }

    public static long bloomBytes(TableReader table) {
        return table.file().footer().bloom().length();
    }

    /** How many members gave the stamps of the records. */
    public static int members(TableReader table) {
        return table.origins().length;
    }

    /** Shows each data block, in the order of their keys. */
    public static void blocks(TableReader table, Consumer<BlockFacts> shown) {
        for (int partition = 0; partition < table.index().partitions(); partition++) {
            Block entries = table.partitionForWalk(partition);
            for (int entry = 0; entry < entries.count(); entry++) {
                Block block = table.blockForWalk(entries, partition, entry);
                long offset = entries.entryOffset(entry);
                try {
                    int stored = entries.entryLength(entry);
                    shown.accept(new BlockFacts(offset, stored, block.length(), block.count(), block.key(0)));
                } catch (MalformedBytesException e) {
                    throw table.damaged(offset, e);
                }
                table.letGo(block);
            }
            table.letGo(entries);
        }
    }
}
