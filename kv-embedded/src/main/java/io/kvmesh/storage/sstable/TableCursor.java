package io.kvmesh.storage.sstable;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Walks the records of one table in ascending order. Not safe for several threads. The table must be acquired
 * meanwhile.
 */
public final class TableCursor {
    private final TableReader table;
    private final @Nullable Key to;
    private int block;
    private @Nullable Block content;
    private int record;
    private @Nullable Key key;

    /** Stands before the first key at or behind {@code from}; ends before {@code to}, or at the table's end. */
    public TableCursor(TableReader table, Key from, @Nullable Key to) {
        this.table = table;
        this.to = to;
        if (table.properties().last().compareTo(from) < 0) {
            block = table.blocks();
        } else if (table.properties().first().compareTo(from) < 0) {
            block = table.blockOf(from);
            content = table.blockForWalk(block);
            record = content.lowerBound(from.bytes()) - 1;
        } else {
            record = -1;
        }
    }

    public boolean next() {
        Key previous = key;
        key = null;
        while (block < table.blocks()) {
            Block current = content;
            if (current == null) {
                current = table.blockForWalk(block);
                content = current;
                record = -1;
            }
            if (++record < current.count()) {
                return arrive(current.key(record), previous);
            }
            content = null;
            block++;
        }
        return false;
    }

    private boolean arrive(Key next, @Nullable Key previous) {
        if (previous != null && previous.compareTo(next) >= 0) {
            throw table.damaged(block, new MalformedBytesException("key " + next + " follows key " + previous));
        }
        if (to != null && next.compareTo(to) >= 0) {
            block = table.blocks();
            return false;
        }
        key = next;
        return true;
    }

    public Key key() {
        return Objects.requireNonNull(key, "the cursor stands on no key");
    }

    public Cell cell() {
        try {
            return Objects.requireNonNull(content, "the cursor stands on no key")
                    .cell(record);
        } catch (MalformedBytesException e) {
            throw table.damaged(block, e);
        }
    }
}
